"""S3 buckets as hypothesis makes them."""

from __future__ import annotations

import json
from itertools import count

from hypothesis import strategies as st

from reconciler.model.call import Call
from reconciler.resources.shared.resource_policy import parse
from reconciler.resources.shared.s3_access import BLOCKS
from reconciler.resources.shared.s3_grants import GROUPS, grants_of
from tests.aws import WEB, Here
from tests.resources.bucket_parts import NAME, OWNER, policy
from tests.resources.example import Drawn, Facts, Options

NUMBERS = count()


def drawn_grants() -> st.SearchStrategy[list[Facts]]:
    """Those of a bucket's ACL, without the owner's own."""
    people = [{"Type": "CanonicalUser", "ID": one * 64} for one in "bc"]
    who = st.sampled_from([*({"Type": "Group", "URI": uri} for uri in GROUPS.values()), *people])
    what = st.sampled_from(("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"))
    one = st.builds(lambda grantee, permission: {"Grantee": grantee, "Permission": permission}, who, what)
    return st.lists(one, max_size=8, unique_by=str)


def drawn_policy() -> st.SearchStrategy[Facts | None]:
    """Of a bucket: public statements, and others."""
    mine = f"arn:aws:iam::{WEB}:root"
    principals = st.sampled_from(("*", {"AWS": "*"}, {"AWS": mine}, {"Service": "logging.s3.amazonaws.com"}))
    actions = st.sampled_from(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"))
    statement = st.builds(
        lambda number, who, what: {
            "Sid": f"s{number}",
            "Effect": "Allow",
            "Principal": who,
            "Action": what,
            "Resource": f"arn:aws:s3:::{NAME}/*",
        },
        st.integers(0, 99),
        principals,
        actions,
    )
    whole = st.lists(statement, min_size=1, max_size=4, unique_by=lambda one: one["Sid"])
    return st.none() | whole.map(lambda statements: policy(*statements))


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A bucket, and what of it is to be closed."""
    flags = st.none() | st.fixed_dictionaries({block: st.booleans() for block in BLOCKS})
    own = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER}, "Permission": "FULL_CONTROL"}
    given = [own, *draw(drawn_grants())]
    principals = [*GROUPS, "b" * 64, "c" * 64]
    modes: list[Options] = [{}, {"mode": "acl"}, {"mode": "policy"}, *({"principal": one} for one in principals)]
    options = draw(st.sampled_from(modes))
    if "principal" in options and draw(st.booleans()):
        options = {**options, "permissions": draw(st.sampled_from((["READ"], ["WRITE", "READ_ACP"], ["FULL_CONTROL"])))}
    facts = {
        "account": WEB,
        "partition": "aws",
        "access_block": draw(flags),
        "owner": OWNER,
        "grants": sorted(given, key=lambda one: (_who(one), one["Permission"])),
        "ownership": draw(st.sampled_from(("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"))),
        "policy": draw(drawn_policy()),
    }
    return facts, options


def change(facts: Facts, call: Call) -> None:
    given = call.arguments
    if call.operation.endswith("public_access_block"):
        facts["access_block"] = given.get("PublicAccessBlockConfiguration")
    elif call.operation.endswith("bucket_policy"):
        facts["policy"] = parse(given["Policy"]) if "Policy" in given else None
    else:
        facts["grants"] = grants_of(given["AccessControlPolicy"])


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """A bucket that is as open as the facts say."""
    facts, options = drawn
    s3, name = here.client("s3"), f"{NAME}-{next(NUMBERS)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": here.region})
    if facts["ownership"] != "ObjectWriter":
        rules = [{"ObjectOwnership": facts["ownership"]}]
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": rules})
    owner = s3.get_bucket_acl(Bucket=name)["Owner"]["ID"]
    grants = json.loads(json.dumps(facts["grants"]).replace(OWNER, owner))
    s3.put_bucket_acl(Bucket=name, AccessControlPolicy={"Owner": {"ID": owner}, "Grants": grants})
    if facts["policy"]:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(facts["policy"]).replace(NAME, name))
    if facts["access_block"]:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=facts["access_block"])
    return name, options


def _who(grant: Facts) -> str:
    return str(grant["Grantee"].get("ID") or grant["Grantee"].get("URI"))
