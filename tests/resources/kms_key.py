"""Cases of KMS keys."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import WEB, Here
from tests.privilege.ask import each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must


def make(here: Here) -> str:
    """A key with a tag, beside another one."""
    kms = here.client("kms")
    kms.create_key(Description="bystander")
    made = kms.create_key(Description="old", Tags=[{"TagKey": "team", "TagValue": "web"}])["KeyMetadata"]["KeyId"]
    return f"arn:aws:kms:{here.region}:{here.account}:key/{made}"


def make_disabled(here: Here) -> str:
    arn = make(here)
    here.client("kms").disable_key(KeyId=arn.rsplit("/", 1)[1])
    return arn


def states(here: Here, arn: str) -> tuple[str, set[str]]:
    """That of the key, and those of all others."""
    kms, name = here.client("kms"), arn.rsplit("/", 1)[1]
    names = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    found = {key: str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]) for key in names}
    return found.pop(name), set(found.values())


def off(here: Here, arn: str) -> bool:
    return states(here, arn) == ("Disabled", {"Enabled"})


def waiting(here: Here, arn: str) -> bool:
    return states(here, arn) == ("PendingDeletion", {"Enabled"})


EXAMPLES = (
    Example("kms:key", "disable", make, off),
    Example("kms:key", "kill", make, waiting),
    Example("kms:key", "kill", make_disabled, waiting, {"pending_window_days": 7}),
)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """Switched on or off."""
    return {"state": draw(st.sampled_from(("Enabled", "Disabled"))), "manager": "CUSTOMER"}, {}


def change(facts: Facts, call: Call) -> None:
    before, after = ("Enabled", "Disabled") if call.operation == "disable_key" else ("Disabled", "Enabled")
    must(facts["state"] == before)
    facts["state"] = after


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The same in moto."""
    arn = make(here) if drawn[0]["state"] == "Enabled" else make_disabled(here)
    return arn.rsplit("/", 1)[1], drawn[1]


CASES = Cases(
    arn=f"arn:aws:kms:eu-west-1:{WEB}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    examples=EXAMPLES,
    generated=Generated(drawn(), change, make_drawn, tried_in_moto=3),
    asked={
        "kms.ListKeys": on(),
        **each(
            (
                *("kms.CancelKeyDeletion", "kms.DescribeKey", "kms.DisableKey", "kms.EnableKey"),
                *("kms.ListResourceTags", "kms.ScheduleKeyDeletion"),
            ),
            on("arn:{p}:kms:{r}:{a}:key/{KeyId}"),
        ),
    },
)
