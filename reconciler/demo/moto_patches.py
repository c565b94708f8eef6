"""Adds to moto what the kinds need of AWS and moto lacks. It changes nothing else that moto already has."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.amis import Ami
from moto.iam.responses import IamResponse
from moto.s3.responses import S3Response


def fill() -> None:
    """Add service-specific credentials, the instance from which an image was created, and the regions of buckets.

    Without the credentials moto answers HTTP 500, which must not be read as "there are none".
    """
    if not hasattr(Ami, "source_instance_id"):
        setattr(Ami, "source_instance_id", property(lambda image: image.instance_id))  # noqa: B010  moto has none
    setattr(S3Response, "all_buckets", list_buckets)  # noqa: B010  moto's own leaves the regions out
    for action in (
        create_service_specific_credential,
        list_service_specific_credentials,
        update_service_specific_credential,
        delete_service_specific_credential,
    ):
        if not hasattr(IamResponse, action.__name__):
            setattr(IamResponse, action.__name__, action)


def list_buckets(self: Any) -> Any:
    """ListBuckets, with where each bucket is, as AWS tells whoever asks with any parameter."""
    self.data["Action"] = "ListAllMyBuckets"
    self._authenticate_and_authorize_s3_action()
    names = {"prefix": "prefix", "bucket_region": "bucket-region", "max_buckets": "max-buckets"}
    asked = {name: self._get_param(parameter) for name, parameter in names.items()}
    buckets = [
        {
            "Name": bucket.name,
            "CreationDate": bucket.creation_date_ISO8601,
            **({"BucketRegion": bucket.region_name} if any(asked.values()) else {}),
        }
        for bucket in self.backend.list_buckets(**asked)
    ]
    self.data["Action"] = "ListBuckets"
    return self.serialized(ActionResult({"Owner": {"ID": "bcaf1ffd86f41161ca5fb16fd081034f"}, "Buckets": buckets}))


def create_service_specific_credential(self: Any) -> ActionResult:
    """CreateServiceSpecificCredential."""
    name, service = self._get_param("UserName"), self._get_param("ServiceName")
    credentials = _credentials(self)
    credentials[f"ACCA{len(credentials):017}"] = {"UserName": name, "ServiceName": service, "Status": "Active"}
    return ActionResult({"ServiceSpecificCredential": _entries(credentials)[-1]})


def list_service_specific_credentials(self: Any) -> ActionResult:
    """ListServiceSpecificCredentials, of one user or of all."""
    whole = str(self._get_param("AllUsers")).lower() == "true"
    of_each = map(_held, self.backend.users.values()) if whole else [_credentials(self)]
    return ActionResult({"ServiceSpecificCredentials": [entry for held in of_each for entry in _entries(held)]})


def update_service_specific_credential(self: Any) -> ActionResult:
    """UpdateServiceSpecificCredential."""
    _credentials(self)[self._get_param("ServiceSpecificCredentialId")]["Status"] = self._get_param("Status")
    return EmptyResult()


def delete_service_specific_credential(self: Any) -> ActionResult:
    """DeleteServiceSpecificCredential."""
    del _credentials(self)[self._get_param("ServiceSpecificCredentialId")]
    return EmptyResult()


def _credentials(response: Any) -> dict[str, dict[str, str]]:
    return _held(response.backend.get_user(response._get_param("UserName")))


def _held(user: Any) -> dict[str, dict[str, str]]:
    credentials: dict[str, dict[str, str]] = vars(user).setdefault("service_specific_credentials", {})
    return credentials


def _entries(credentials: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    return [{**entry, "ServiceSpecificCredentialId": id_} for id_, entry in credentials.items()]
