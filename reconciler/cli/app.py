"""Every command of `krampus`, in one application."""

from __future__ import annotations

import typer

from reconciler.cli.comment import comment
from reconciler.cli.demo import demo
from reconciler.cli.doctor import doctor
from reconciler.cli.init import init
from reconciler.cli.kinds import kinds, schema
from reconciler.cli.ledger import ledger
from reconciler.cli.plan import merge, plan
from reconciler.cli.policy import policy
from reconciler.cli.run import apply, publish, reconcile, record
from reconciler.cli.undo import undo
from reconciler.cli.validate import validate

app = typer.Typer(
    name="krampus",
    help="A GitOps reconciler for AWS: notifies first, acts on time, records everything, and can undo.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    init,
    validate,
    plan,
    merge,
    record,
    apply,
    publish,
    reconcile,
    undo,
    comment,
    doctor,
    kinds,
    policy,
    schema,
    demo,
):
    app.command()(command)
app.add_typer(ledger, name="ledger")
