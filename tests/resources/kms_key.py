"""Cases of KMS keys."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests.aws import Here
from tests.privilege.ask import each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.facts import must


def create(here: Here) -> str:
    """A key's ARN."""
    made = here.client("kms").create_key(Tags=[{"TagKey": "Name", "TagValue": "orders"}])
    return str(made["KeyMetadata"]["Arn"])


def make(here: Here) -> str:
    """A key, and another one beside it."""
    create(here)
    return create(here)


def make_disabled(here: Here) -> str:
    arn = make(here)
    here.client("kms").disable_key(KeyId=arn.rsplit("/", 1)[1])
    return arn


def states(here: Here) -> dict[str, str]:
    """ARN -> state."""
    kms = here.client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return {key["Arn"]: key["KeyState"] for key in keys}


def disabled(here: Here, arn: str) -> bool:
    found = states(here)
    return found.pop(arn) == "Disabled" and list(found.values()) == ["Enabled"]


def scheduled(here: Here, arn: str) -> bool:
    found = states(here)
    return found.pop(arn) == "PendingDeletion" and list(found.values()) == ["Enabled"]


EXAMPLES = (
    Example("kms:key", "disable", make, disabled),
    Example("kms:key", "kill", make, scheduled),
    Example("kms:key", "kill", make_disabled, scheduled, {"pending_window_days": 7}),
)

drawn: st.SearchStrategy[Drawn] = st.sampled_from(("Enabled", "Disabled", "PendingDeletion")).map(
    lambda state: ({"state": state, "manager": "CUSTOMER"}, {})
)
# operation -> the states in which AWS takes it, and that in which the key is then.
# Source: the KMS developer guide, "Key states of AWS KMS keys"; moto takes each of them in any state.
CHANGES = {
    "disable_key": (("Enabled", "Disabled"), "Disabled"),
    "enable_key": (("Enabled", "Disabled"), "Enabled"),
    "schedule_key_deletion": (("Enabled", "Disabled"), "PendingDeletion"),
    "cancel_key_deletion": (("PendingDeletion",), "Disabled"),
}


def change(facts: Facts, call: Call) -> None:
    before, after = CHANGES[call.operation]
    must(facts["state"] in before)
    facts["state"] = after


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The same in moto."""
    (facts, options), kms = drawn, here.client("kms")
    key = create(here).rsplit("/", 1)[1]
    if facts["state"] != "Enabled":
        kms.disable_key(KeyId=key)
    if facts["state"] == "PendingDeletion":
        kms.schedule_key_deletion(KeyId=key)
    return key, options


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("kms").tag_resource(KeyId=arn, Tags=[{"TagKey": key, "TagValue": value}])


CASES = Cases(
    tag=tag,
    arn="arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    examples=EXAMPLES,
    by_itself={},
    generated=Generated(drawn, change, make_drawn),
    keeps=("PendingWindowInDays",),
    passing=({"state": "Creating"}, {"state": "Updating"}),
    # A deletion after a mere `disable` is somebody else's.
    persons=({"state": "PendingImport"}, {"state": "Unavailable"}, {"state": "PendingDeletion"}),
    asked=each(
        (
            *("kms.CancelKeyDeletion", "kms.DescribeKey", "kms.DisableKey", "kms.EnableKey"),
            "kms.ScheduleKeyDeletion",
        ),
        on("arn:{p}:kms:{r}:{a}:key/{KeyId}"),
    ),
)
