"""A request is counted as the operation that boto3 was asked for, whatever protocol the service speaks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.operations import operation_of
from tests.sdk import offline

ASKED: tuple[tuple[str, str, dict[str, Any], bool], ...] = (
    ("ec2", "describe_instances", {}, False),
    ("ec2", "stop_instances", {"InstanceIds": ["i-0a1b2c3d4e5f60718"]}, True),
    ("iam", "get_account_authorization_details", {}, False),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "bench"}, False),
    ("s3", "list_buckets", {}, False),
    ("s3", "head_bucket", {"Bucket": "one"}, False),
    ("s3", "get_bucket_acl", {"Bucket": "one"}, False),
    ("s3", "get_public_access_block", {"Bucket": "one"}, False),
    ("s3", "list_objects_v2", {"Bucket": "one"}, False),
    ("s3", "get_object", {"Bucket": "one", "Key": "a/b"}, False),
    ("s3", "put_public_access_block", {"Bucket": "one", "PublicAccessBlockConfiguration": {}}, True),
    ("lambda", "get_function_concurrency", {"FunctionName": "one"}, False),
    ("lambda", "list_tags", {"Resource": "arn:aws:lambda:eu-west-1:111122223333:function:one"}, False),
    ("lambda", "delete_function", {"FunctionName": "one"}, True),
    ("cloudfront", "list_distributions", {}, False),
    ("sqs", "get_queue_attributes", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/one"}, False),
    ("resourcegroupstaggingapi", "get_resources", {}, False),
)


class Stopped(Exception):  # noqa: N818  not an error
    """Carries the request that was to be sent."""


def stop(request: Any, **_: Any) -> None:
    raise Stopped(request)


@pytest.mark.parametrize(("service", "method", "arguments", "writes"), ASKED, ids=[row[1] for row in ASKED])
def test_its_name_is_that_of_the_method(service: str, method: str, arguments: dict[str, Any], writes: bool) -> None:
    client = offline(service, "us-east-1")
    client.meta.events.register("before-send", stop)
    with pytest.raises(Stopped) as stopped:
        getattr(client, method)(**arguments)

    request = stopped.value.args[0]
    url = urlsplit(request.url)
    # An AWS at an endpoint of its own has a bucket's name in the path, not in its host's name.
    bucket = f"/{arguments['Bucket']}" if "Bucket" in arguments else ""
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": url.path if url.path.startswith(bucket) else bucket + url.path,
        "QUERY_STRING": url.query,
        "HTTP_AUTHORIZATION": _text(request.headers["Authorization"]),
        "HTTP_X_AMZ_TARGET": _text(request.headers.get("X-Amz-Target", "")),
    }
    named = operation_of(environ, _text(request.body or "").encode())
    assert (named.name, named.writes) == (client.meta.method_to_api_mapping[method], writes)


def _text(value: str | bytes | bytearray) -> str:
    return value if isinstance(value, str) else value.decode()
