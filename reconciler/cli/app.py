"""Every command of `krampus`, in one application. The module of a command is imported when it is run, and no other."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

# No other package has a say in what is valid, and to look for one that would takes as long as to read a repository.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# command -> its module in this folder, and the first sentence of what it says of itself
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Create a repository: configuration, examples, workflows, schemas."),
    "validate": ("validate", "List every fault in the repository's files, offline, or say what was read."),
    "plan": ("plan", "Observe every target and show what would be done, call by call."),
    "merge": (
        "plan",
        "Decide on what the jobs of `krampus plan --shard` saw: one plan, as if one job had looked.",
    ),
    "record": ("run", "Commit and push the calls that are due, with the undo of each."),
    "apply": (
        "run",
        "Send the calls of a recorded plan once, except to targets that changed since, in AWS or on the main branch.",
    ),
    "publish": ("run", "Notify the teams, and write ledger and report."),
    "reconcile": ("run", "The main job: plan, record, apply and publish."),
    "undo": ("undo", "Undo what a task did: the calls are derived, shown, recorded and sent."),
    "comment": ("comment", "Write the plan as one comment on a pull request, edited in place."),
    "doctor": (
        "doctor",
        "Check that everything is in place: roles, accounts, regions, permissions, clock, tokens, branch, schedule.",
    ),
    "kinds": ("kinds", "Show what can be acted on, and each action's effect, options and permissions."),
    "policy": (
        "policy",
        "Print the IAM roles that Krampus needs in an account: least privilege, computed from the kinds.",
    ),
    "schema": ("schema", "Print the JSON Schemas of the files, for editors and other programs."),
    "demo": ("demo", "Run the main job on an embedded AWS, over nine simulated days."),
    "ledger": ("ledger", "Read the ledger (notices, intended calls, outcomes, observations), or vouch for it."),
}


class Commands(TyperGroup):
    """The commands by their names and first sentences alone, until one is asked for."""

    def __init__(self, *, commands: Any = None, **attributes: Any) -> None:  # noqa: ARG002  typer knows of none yet
        """`attributes`: as typer gives them."""
        named: dict[str, Any] = {name: TyperCommand(name, help=says) for name, (_, says) in COMMANDS.items()}
        super().__init__(commands=named, **attributes)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  typer's own
        """The command itself; None if there is none of the name."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"reconciler.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        alone = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=cmd_name)
        else:
            alone.command()(found)
        return typer.main.get_group(alone).commands[cmd_name]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of the commands, without importing one."""
        TyperGroup(commands={**self.commands}).format_commands(ctx, formatter)


app = typer.Typer(
    name="krampus",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from reconciler.cli.version import version

        print(version())
        raise typer.Exit


@app.callback()
def krampus(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A GitOps reconciler for AWS: notifies first, acts on time, records everything, and can undo."""
