"""moto's IAM switched on, with its own faults worked round: who asks, and which action, is then judged by moto.

moto knows the resource of few requests, and no condition. So an ARN counts where moto knows it, and conditions do not;
those are judged by `evaluate`, over every call that botocore sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from moto.core.authorization import enable_iam_authentication
from moto.iam.access_control import IAMRequestBase

from tests.privilege.evaluate import like

# How moto knows S3's requests: method and sub-resource. It calls many by the name of something else.
S3 = {
    ("DELETE", ""): "DeleteBucket",
    ("DELETE", "policy"): "DeleteBucketPolicy",
    ("DELETE", "publicAccessBlock"): "PutBucketPublicAccessBlock",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", "versionId"): "DeleteObjectVersion",
    ("GET", "acl"): "GetBucketAcl",
    ("GET", "object-lock"): "GetBucketObjectLockConfiguration",
    ("GET", "ownershipControls"): "GetBucketOwnershipControls",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "publicAccessBlock"): "GetBucketPublicAccessBlock",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "versions"): "ListBucketVersions",
    ("HEAD", ""): "ListBucket",
    ("POST", "delete"): "DeleteObjectVersion",
    ("PUT", "acl"): "PutBucketAcl",
    ("PUT", "policy"): "PutBucketPolicy",
    ("PUT", "publicAccessBlock"): "PutBucketPublicAccessBlock",
}

# moto asks for these on something else than AWS does: on the bucket for its objects, on the role for its profile.
MISTAKEN = ("s3:DeleteObjectVersion", "iam:RemoveRoleFromInstanceProfile")


@contextmanager
def enforced() -> Iterator[list[tuple[str, str]]]:
    """Inside, every request needs a principal that moto knows and an action that its policies allow.

    Yields (who, action) of all that was let through.
    """
    passed: list[tuple[str, str]] = []

    def check(request: Any, resource: str) -> None:
        action = _action(request)
        documents = [_document(policy) for policy in request._access_key.collect_policies()]
        effects = {
            statement["Effect"]
            for document in documents
            for statement in document["Statement"]
            if any(like(pattern, action, fold=True) for pattern in statement["Action"])
            and _on(statement, "*" if action in MISTAKEN else resource)
        }
        if effects != {"Allow"}:
            request._raise_access_denied()
        passed.append((request._access_key.arn, action))

    with pytest.MonkeyPatch.context() as patch, enable_iam_authentication():
        # It leaves out the body's hash where there is no body, so no signature of a GET to Lambda would fit.
        patch.setattr(IAMRequestBase, "check_signature", lambda _request: None)
        patch.setattr(IAMRequestBase, "check_action_permitted", check)
        yield passed


def _on(statement: Any, resource: str) -> bool:
    known = resource not in ("*", "arn:aws:s3:::*")
    if not known:
        return bool(statement["Effect"] == "Allow")
    return any(like(pattern, resource) for pattern in statement["Resource"])


def _action(request: Any) -> str:
    if request._service != "s3":
        return str(request._action).replace("tagging:", "tag:")  # moto calls that service by its host
    url = urlsplit(request._path)
    sub = [key for key, _ in parse_qsl(url.query, keep_blank_values=True)]
    if request._method == "GET" and url.path.strip("/") == "":
        return "s3:ListAllMyBuckets"
    named = [S3[request._method, key] for key in (*sub, "") if (request._method, key) in S3]
    return f"s3:{named[0]}" if named else str(request._action)


def _document(policy: Any) -> Any:
    if isinstance(policy, str):
        return json.loads(policy)
    if isinstance(policy, dict):
        return json.loads(policy["policy_document"])
    return json.loads(next(version.document for version in policy.versions if version.is_default))
