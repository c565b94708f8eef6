"""What the cases of IAM's kinds share: their policies, generated, changed and made, and what IAM is asked for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from hypothesis import strategies as st

from reconciler.model.call import Call
from tests import moto_iam
from tests.aws import Here
from tests.privilege.ask import Asked, Sent, each, on
from tests.resources.example import Facts
from tests.resources.facts import must

ACCOUNT = "111122223333"
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
STATEMENT = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
DOCUMENTS = st.sampled_from(
    (
        {"Version": "2012-10-17", "Statement": [STATEMENT]},
        {"Version": "2012-10-17", "Statement": STATEMENT},
        {"Version": "2012-10-17", "Statement": [{**STATEMENT, "Resource": "arn:aws:s3:::ü%41 +/*"}]},
    )
)
INLINE = st.dictionaries(st.sampled_from(("inline", "second", "third")), DOCUMENTS)
ATTACHED = st.lists(
    st.sampled_from([f"arn:aws:iam::{ACCOUNT}:policy/p{number}" for number in range(12)]), unique=True, max_size=10
).map(sorted)
# What every principal has; its kind says what else.
PRINCIPAL = st.fixed_dictionaries(
    {"path": st.just("/"), "id": st.just("AIDAEXAMPLE"), "inline": INLINE, "attached": ATTACHED}
)
DENIABLE = st.sampled_from(("", DENY_ALL))
NUMBERS = count()


def change(facts: Facts, call: Call) -> None:
    """What a call does to a principal's policies, and to a user's credentials."""
    given = call.arguments
    verb, _, noun = call.operation.partition("_")
    if verb == "update":
        (id_,) = (value for key, value in given.items() if key not in ("UserName", "Status"))
        must(id_ in facts[noun])
        facts[noun][id_] = given["Status"]
    elif verb == "attach":
        facts["attached"] = sorted({*facts["attached"], given["PolicyArn"]})
    elif verb == "detach":
        must(given["PolicyArn"] in facts["attached"])
        facts["attached"].remove(given["PolicyArn"])
    elif verb == "put":
        facts["inline"][given["PolicyName"]] = json.loads(given["PolicyDocument"])
    else:
        must(facts["inline"].pop(given["PolicyName"], None) is not None)


def make_principal(here: Here, who: str, facts: Facts) -> str:
    """A user, role or group with these policies, under a name of its own."""
    iam, name = here.client("iam"), f"{who}-{next(NUMBERS)}"
    me = {f"{who.title()}Name": name}
    extra = {"AssumeRolePolicyDocument": "{}"} if who == "role" else {}
    getattr(iam, f"create_{who}")(**me, **extra)
    if facts.get("deny_all"):
        moto_iam.deny_all(here.account)
    for policy, document in facts["inline"].items():
        getattr(iam, f"put_{who}_policy")(**me, PolicyName=policy, PolicyDocument=json.dumps(document))
    for arn in facts["attached"]:
        policy = f"{arn.rsplit('/', 1)[1]}-{name}"
        document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
        made = iam.create_policy(PolicyName=policy, PolicyDocument=document)["Policy"]["Arn"]
        getattr(iam, f"attach_{who}_policy")(**me, PolicyArn=made)
    return name


def asked(who: str, *more: str) -> dict[str, Asked]:
    """What every principal's looks, denials and end ask for, and these operations on itself."""
    title = who.title()
    itself = ("arn:{p}:iam::{a}:" + who + "/{" + title + "Name}",)
    its_own = ("Attach{}Policy", "Delete{}", "Delete{}Policy", "Detach{}Policy", "Put{}Policy")
    return {
        "iam.GetAccountAuthorizationDetails": on(),
        **each(("iam.GetPolicy", "iam.GetPolicyVersion"), Asked(("{PolicyArn}",), context=policy_arn)),
        **each((f"iam.{one.format(title)}" for one in its_own), Asked(itself, context=policy_arn)),
        **each((f"iam.{one}" for one in more), Asked(itself)),
    }


def policy_arn(sent: Sent) -> Mapping[str, tuple[str, ...]]:
    """The policy that is attached or looked at."""
    given: Mapping[str, Any] = sent.arguments
    return {"iam:PolicyARN": (given["PolicyArn"],)} if "PolicyArn" in given else {}
