"""Cases of IAM users."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import strategies as st

from tests import moto_iam
from tests.aws import Here
from tests.privilege.ask import each, on
from tests.resources.example import Cases, Drawn, Example, Facts, Generated, Options
from tests.resources.shared.iam import DENIABLE, PRINCIPAL, asked, change, make_principal

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
KEY = "AKIAIOSFODNN7EXAMPLE"


def certificate() -> str:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    born = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, born, born + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def make(here: Here) -> str:
    """A user with two of everything that signs and one of everything else, and another user beside it."""
    iam = here.client("iam")
    policy = iam.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.create_group(GroupName="staff")
    iam.put_group_policy(GroupName="staff", PolicyName="inline", PolicyDocument=json.dumps(READ))
    for name in ("bob", "bystander"):
        iam.create_user(UserName=name, Path="/people/", Tags=[{"Key": "team", "Value": "web"}])
        iam.create_login_profile(UserName=name, Password="Correct-Horse-9")  # noqa: S106  moto's
        iam.create_access_key(UserName=name)
        iam.upload_signing_certificate(UserName=name, CertificateBody=certificate())
        iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody="ssh-rsa AAAA")
        iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
        serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
        codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "234567"}
        iam.enable_mfa_device(UserName=name, SerialNumber=serial, **codes)
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=json.dumps(READ, indent=4))
        iam.attach_user_policy(UserName=name, PolicyArn=policy)
        iam.add_user_to_group(UserName=name, GroupName="staff")
    inactive = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="bob", AccessKeyId=inactive, Status="Inactive")
    return f"arn:aws:iam::{here.account}:user/people/bob"


def make_where_aws_denies(here: Here) -> str:
    moto_iam.deny_all(here.account)
    return make(here)


def make_with_a_known_key(here: Here, status: str = "Active") -> str:
    """The options name a key before there is one: moto cannot be told which id to give, but its records can."""
    arn = make(here)
    rename_a_key(here)
    here.client("iam").update_access_key(UserName="bob", AccessKeyId=KEY, Status=status)
    return arn


def rename_a_key(here: Here) -> None:
    records = moto_iam.backend(here.account)
    key = records.users["bob"].access_keys[0]
    records.access_keys[KEY] = records.access_keys.pop(key.access_key_id)
    key.access_key_id = KEY


def make_with_a_known_inactive_key(here: Here) -> str:
    return make_with_a_known_key(here, "Inactive")


def statuses(here: Here, name: str) -> list[list[str]]:
    iam = here.client("iam")
    lists = (
        iam.list_access_keys(UserName=name)["AccessKeyMetadata"],
        iam.list_signing_certificates(UserName=name)["Certificates"],
        iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"],
        iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"],
    )
    return [sorted(entry["Status"] for entry in entries) for entries in lists]


def keys(here: Here) -> dict[str, str]:
    answer = here.client("iam").list_access_keys(UserName="bob")
    return {key["AccessKeyId"]: key["Status"] for key in answer["AccessKeyMetadata"]}


def policies(here: Here, name: str) -> tuple[list[str], list[str]]:
    iam = here.client("iam")
    attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
    return sorted(entry["PolicyName"] for entry in attached), sorted(
        iam.list_user_policies(UserName=name)["PolicyNames"]
    )


def intact(here: Here, name: str) -> bool:
    """What `disable` leaves alone: password, MFA, membership."""
    iam = here.client("iam")
    iam.get_login_profile(UserName=name)
    groups = [group["GroupName"] for group in iam.list_groups_for_user(UserName=name)["Groups"]]
    return bool(iam.list_mfa_devices(UserName=name)["MFADevices"]) and groups == ["staff"]


def bystander_stands(here: Here) -> bool:
    untouched = policies(here, "bystander") == (["read"], ["inline"]) and intact(here, "bystander")
    inline = here.client("iam").list_group_policies(GroupName="staff")["PolicyNames"]
    return untouched and statuses(here, "bystander") == [["Active"]] * 4 and inline == ["inline"]


def deactivated(here: Here) -> bool:
    off = statuses(here, "bob") == [["Inactive", "Inactive"], ["Inactive"], ["Inactive"], ["Inactive"]]
    return off and intact(here, "bob") and bystander_stands(here)


def denied_inline(here: Here, _arn: str) -> bool:
    document = here.client("iam").get_user_policy(UserName="bob", PolicyName="KrampusQuarantine")["PolicyDocument"]
    denied = document["Statement"] == [{"Effect": "Deny", "Action": "*", "Resource": "*"}]
    return denied and policies(here, "bob") == (["read"], ["KrampusQuarantine", "inline"]) and deactivated(here)


def denied_attached(here: Here, _arn: str) -> bool:
    return policies(here, "bob") == (["AWSDenyAll", "read"], ["inline"]) and deactivated(here)


def only_deactivated(here: Here, _arn: str) -> bool:
    return policies(here, "bob") == (["read"], ["inline"]) and deactivated(here)


def key_deactivated(here: Here, _arn: str) -> bool:
    alone = policies(here, "bob") == (["read"], ["inline"]) and statuses(here, "bob")[1:] == [["Active"]] * 3
    return alone and keys(here)[KEY] == "Inactive" and len(keys(here)) == 2 and bystander_stands(here)


def key_gone(here: Here, _arn: str) -> bool:
    alone = policies(here, "bob") == (["read"], ["inline"]) and statuses(here, "bob")[1:] == [["Active"]] * 3
    return alone and KEY not in keys(here) and len(keys(here)) == 1 and bystander_stands(here)


def gone(here: Here, _arn: str) -> bool:
    iam = here.client("iam")
    users = [user["UserName"] for user in iam.list_users()["Users"]]
    devices = [device["SerialNumber"] for device in iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
    return (
        users == ["bystander"]
        and [serial[-10:] for serial in devices] == [":mfa/bystander"[-10:]]
        and bystander_stands(here)
    )


LOST = {"skip_backup": True}
EXAMPLES = (
    Example("iam:user", "disable", make, denied_inline),
    Example("iam:user", "disable", make_where_aws_denies, denied_attached),
    Example("iam:user", "disable", make, only_deactivated, {"credentials_only": True}),
    Example("iam:user", "disable", make_with_a_known_key, key_deactivated, {"access_key_id": KEY}),
    Example("iam:user", "kill", make, gone, LOST),
    Example("iam:user", "kill", make_where_aws_denies, gone, LOST),
    Example("iam:user", "kill", make_with_a_known_inactive_key, key_gone, LOST | {"access_key_id": KEY}),
    Example("iam:user", "kill", make_with_a_known_key, key_gone, LOST | {"access_key_id": KEY, "force": True}),
)

STATUS = st.sampled_from(("Active", "Inactive"))


def _statuses(prefix: str, most: int) -> st.SearchStrategy[dict[str, str]]:
    names = st.sampled_from([f"{prefix}{number:016}" for number in range(most)])
    return st.dictionaries(names, STATUS, max_size=most)


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A user with policies and credentials, and which of these are meant."""
    facts: Facts = {
        **draw(PRINCIPAL),
        "deny_all": draw(DENIABLE),
        "groups": [],
        "access_key": draw(_statuses("AKIA", 2)),
        "signing_certificate": draw(_statuses("CERT", 2)),
        "ssh_public_key": draw(_statuses("APKA", 5)),
        "service_specific_credential": draw(_statuses("ACCA", 2)),
    }
    one = {"access_key_id": draw(st.sampled_from(sorted(facts["access_key"])))} if facts["access_key"] else {}
    return facts, draw(st.sampled_from(({}, {"credentials_only": True}, one)))


def make_drawn(here: Here, drawn: Drawn) -> tuple[str, Options]:
    """The user; the ids of the credentials are moto's own."""
    facts, options = drawn
    iam, name = here.client("iam"), make_principal(here, "user", facts)
    keys = {id_: _access_key(iam, name, status) for id_, status in facts["access_key"].items()}
    for number, status in enumerate(facts["ssh_public_key"].values()):
        key = iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=f"ssh-rsa {name}{number}")["SSHPublicKey"]
        iam.update_ssh_public_key(UserName=name, SSHPublicKeyId=key["SSHPublicKeyId"], Status=status)
    for status in facts["service_specific_credential"].values():
        made = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
        id_ = made["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
        iam.update_service_specific_credential(UserName=name, ServiceSpecificCredentialId=id_, Status=status)
    return name, {key: keys.get(str(value), value) for key, value in options.items()}


def _access_key(iam: Any, name: str, status: str) -> str:
    id_ = str(iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"])
    iam.update_access_key(UserName=name, AccessKeyId=id_, Status=status)
    return id_


def tag(here: Here, arn: str, key: str, value: str) -> None:
    here.client("iam").tag_user(UserName=arn.rsplit("/", 1)[1], Tags=[{"Key": key, "Value": value}])


CASES = Cases(
    tag=tag,
    arn="arn:aws:iam::111122223333:user/bob",
    examples=EXAMPLES,
    by_itself={"iam.GetLoginProfile": {"LoginProfile.PasswordResetRequired": False}},
    generated=Generated(drawn(), change, make_drawn, tried_in_moto=8),
    asked={
        **asked(
            "user",
            *("DeactivateMFADevice", "DeleteAccessKey", "DeleteLoginProfile", "DeleteSSHPublicKey"),
            *("DeleteServiceSpecificCredential", "DeleteSigningCertificate", "GetLoginProfile", "ListAccessKeys"),
            *("ListMFADevices", "ListSSHPublicKeys", "ListServiceSpecificCredentials", "ListSigningCertificates"),
            *("UpdateAccessKey", "UpdateSSHPublicKey", "UpdateServiceSpecificCredential", "UpdateSigningCertificate"),
        ),
        "iam.DeleteVirtualMFADevice": on("{SerialNumber}"),
        **each(("iam.AddUserToGroup", "iam.RemoveUserFromGroup"), on("arn:{p}:iam::{a}:group/{GroupName}")),
    },
)
