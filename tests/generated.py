"""Resources of every kind as hypothesis makes them: facts, and options of `disable` that fit them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reconciler.resources.s3_bucket import BLOCKS
from reconciler.resources.shared.s3_grants import GROUPS
from tests.small_aws import Facts, identity, in_order

Drawn = tuple[Facts, dict[str, Any]]
OWNER = "a" * 64
GROUP = "sg-0123456789abcdef0"
FRIENDS = ("sg-0aaaaaaaaaaaaaaa0", "sg-0bbbbbbbbbbbbbbb0")
LISTS = ("pl-0123456789abcdef0", "pl-0aaaaaaaaaaaaaaa0")
ACCOUNT = "111122223333"
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
PORTS = st.sampled_from((0, 22, 80, 443, 1023, 3389, 65535)) | st.integers(0, 65535)
PLAIN = st.text("abcXYZ019 ._-/=@", max_size=12).map(str.strip)
TAGS = st.dictionaries(st.sampled_from(("owner", "cost", "why")), PLAIN, max_size=2)
CIDR = (
    st.sampled_from(("0.0.0.0/0", "10.0.0.0/8", "203.0.113.0/24"))
    | st.ip_addresses(v=4).map(lambda address: f"{address}/32")
).map(lambda cidr: {"CidrIp": cidr})
CIDR6 = (
    st.sampled_from(("::/0", "2001:db8::/32")) | st.ip_addresses(v=6).map(lambda one: f"{one.compressed}/128")
).map(lambda cidr: {"CidrIpv6": cidr})
SOURCE = (
    CIDR
    | CIDR6
    | st.sampled_from(LISTS).map(lambda name: {"PrefixListId": name})
    | st.sampled_from(FRIENDS).map(lambda name: {"GroupId": name, "UserId": ACCOUNT})
)


@st.composite
def rule(draw: st.DrawFn, sources: st.SearchStrategy[dict[str, str]] = SOURCE) -> Facts:
    """One rule of a security group."""
    protocol = draw(st.sampled_from(("tcp", "tcp", "udp", "icmp", "-1")))
    one, two = draw(PORTS), draw(PORTS)
    low, high = min(one, two), max(one, two)
    if protocol == "icmp":
        low, high = draw(st.sampled_from(((-1, -1), (8, 0), (3, 4))))
    return {
        "direction": draw(st.sampled_from(("ingress", "ingress", "egress"))),
        "protocol": protocol,
        "from": -1 if protocol == "-1" else low,
        "to": -1 if protocol == "-1" else high,
        "source": draw(sources),
        "description": draw(PLAIN),
        "tags": draw(TAGS),
    }


@st.composite
def group(draw: st.DrawFn, sources: st.SearchStrategy[dict[str, str]] = SOURCE) -> Drawn:
    """A security group, and which of its rules are meant."""
    some: list[Facts] = draw(st.lists(rule(sources), max_size=8, unique_by=identity))
    rules = in_order(some)
    options: dict[str, Any] = {}
    named: bool = draw(st.booleans())
    if rules and named:
        aim = draw(st.sampled_from(rules))
        source = aim["source"]
        names = (("CidrIp", "cidr"), ("CidrIpv6", "cidr"), ("PrefixListId", "prefix_list"), ("GroupId", "group"))
        options = {option: source[key] for key, option in names if key in source} | {"direction": aim["direction"]}
        if aim["protocol"] in ("tcp", "udp"):
            exact = {"from_port": aim["from"], "to_port": aim["to"]}
            options |= draw(st.sampled_from(({}, {"protocol": aim["protocol"]}, {"port": aim["from"]}, exact)))
    else:
        options = draw(st.sampled_from(({}, {"port": 22}, {"direction": "egress"}, {"protocol": "udp"})))
    return {"group_name": "web", "rules": rules}, options


def grants() -> st.SearchStrategy[list[Facts]]:
    """Those of a bucket's ACL, without the owner's own."""
    people = [{"Type": "CanonicalUser", "ID": one * 64} for one in "bc"]
    who = st.sampled_from([*({"Type": "Group", "URI": uri} for uri in GROUPS.values()), *people])
    what = st.sampled_from(("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"))
    one = st.builds(lambda grantee, permission: {"Grantee": grantee, "Permission": permission}, who, what)
    return st.lists(one, max_size=8, unique_by=str)


def policy(bucket: str) -> st.SearchStrategy[Facts | None]:
    """Of a bucket: public statements, and others."""
    mine = f"arn:aws:iam::{ACCOUNT}:root"
    principals = st.sampled_from(("*", {"AWS": "*"}, {"AWS": mine}, {"Service": "logging.s3.amazonaws.com"}))
    actions = st.sampled_from(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"))
    statement = st.builds(
        lambda number, who, what: {
            "Sid": f"s{number}",
            "Effect": "Allow",
            "Principal": who,
            "Action": what,
            "Resource": f"arn:aws:s3:::{bucket}/*",
        },
        st.integers(0, 99),
        principals,
        actions,
    )
    whole = st.lists(statement, min_size=1, max_size=4, unique_by=lambda one: one["Sid"])
    return st.none() | whole.map(lambda statements: {"Version": "2012-10-17", "Statement": statements})


@st.composite
def bucket(draw: st.DrawFn) -> Drawn:
    """A bucket, and what of it is to be closed."""
    flags = st.none() | st.fixed_dictionaries({block: st.booleans() for block in BLOCKS})
    own = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER}, "Permission": "FULL_CONTROL"}
    given = [own, *draw(grants())]
    principals = [*GROUPS, "b" * 64, "c" * 64]
    modes: list[dict[str, Any]] = [{}, {"mode": "acl"}, {"mode": "policy"}, *({"principal": one} for one in principals)]
    options = draw(st.sampled_from(modes))
    if "principal" in options and draw(st.booleans()):
        options = {**options, "permissions": draw(st.sampled_from((["READ"], ["WRITE", "READ_ACP"], ["FULL_CONTROL"])))}
    facts = {
        "account": ACCOUNT,
        "partition": "aws",
        "access_block": draw(flags),
        "owner": OWNER,
        "grants": sorted(given, key=lambda one: (_who(one), one["Permission"])),
        "ownership": draw(st.sampled_from(("ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"))),
        "policy": draw(policy("acme-assets")),
    }
    return facts, options


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
STATUS = st.sampled_from(("Active", "Inactive"))


def _statuses(prefix: str, most: int) -> st.SearchStrategy[dict[str, str]]:
    names = st.sampled_from([f"{prefix}{number:016}" for number in range(most)])
    return st.dictionaries(names, STATUS, max_size=most)


@st.composite
def principal(draw: st.DrawFn, who: str) -> Drawn:
    """A user, role or group."""
    facts: Facts = {"id": "AIDAEXAMPLE", "inline": draw(INLINE), "attached": draw(ATTACHED)}
    if who == "group":
        narrow = draw(st.sampled_from(("", *facts["inline"], *facts["attached"])))
        option = {"policy_arn": narrow} if narrow.startswith("arn:") else {"policy_name": narrow}
        return {**facts, "denying": []}, option if narrow else {}
    facts["deny_all"] = draw(st.sampled_from(("", DENY_ALL)))
    if who == "role":
        return {**facts, "path": "/", "profiles": []}, {}
    facts |= {
        "groups": [],
        "access_key": draw(_statuses("AKIA", 2)),
        "signing_certificate": draw(_statuses("CERT", 2)),
        "ssh_public_key": draw(_statuses("APKA", 5)),
        "service_specific_credential": draw(_statuses("ACCA", 2)),
    }
    one = {"access_key_id": draw(st.sampled_from(sorted(facts["access_key"])))} if facts["access_key"] else {}
    return facts, draw(st.sampled_from(({}, {"credentials_only": True}, one)))


@st.composite
def instance(draw: st.DrawFn) -> Drawn:
    """Alone or in an Auto Scaling group."""
    member = draw(st.booleans())
    state = draw(st.sampled_from(("running", "running", "stopped")))
    in_service = draw(st.sampled_from(("InService", "Standby"))) if state == "running" else "Standby"
    facts = {"state": state, "root": "ebs", "spot": {}, "group": "web" if member else ""}
    return {**facts, "lifecycle": in_service if member else ""}, {}


@st.composite
def volume(draw: st.DrawFn) -> Drawn:
    """Attached to some instances, or free."""
    attachments = st.builds(
        lambda number, device, ends: {
            "instance": f"i-{number:017x}",
            "device": f"/dev/sd{device}",
            "state": "attached",
            "delete_on_termination": ends,
            "boots": "",
        },
        st.integers(1, 20),
        st.sampled_from("fgh"),
        st.booleans(),
    )
    found = draw(st.lists(attachments, max_size=4, unique_by=lambda each: each["instance"]))
    ordered = sorted(found, key=lambda each: (each["instance"], each["device"]))
    return {"state": "in-use" if found else "available", "attachments": ordered}, {}


@st.composite
def function(draw: st.DrawFn) -> Drawn:
    """With whatever is reserved for it, and mappings in mixed states."""
    states = draw(st.lists(st.sampled_from(("Enabled", "Disabled")), max_size=4))
    mappings = [{"uuid": f"u{number}", "state": state} for number, state in enumerate(states)]
    return {"reserved": draw(st.none() | st.integers(0, 50)), "mappings": mappings}, {}


@st.composite
def database(draw: st.DrawFn) -> Drawn:
    """Available or stopped."""
    facts = {"status": draw(st.sampled_from(("available", "stopped"))), "engine": "postgres", "cluster": ""}
    more = {"resource": "db-A", "source": "", "severed": False, "replicas": [], "multi_az": False, "protected": False}
    return {**facts, **more}, {}


KINDS = {
    "ec2:instance": instance(),
    "ec2:security-group": group(),
    "ec2:volume": volume(),
    "iam:group": principal("group"),
    "iam:role": principal("role"),
    "iam:user": principal("user"),
    "lambda:function": function(),
    "rds:db": database(),
    "s3:bucket": bucket(),
}
NAMES = {"ec2:security-group": GROUP, "s3:bucket": "acme-assets", "ec2:instance": "i-00000000000000001"}


def _who(grant: Facts) -> str:
    return str(grant["Grantee"].get("ID") or grant["Grantee"].get("URI"))
