"""What moto lacks and AWS has, as far as kinds ask for it. Nothing here changes what moto knows already."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.amis import Ami
from moto.iam.responses import IamResponse


def fill() -> None:
    """Service-specific credentials: without them moto answers HTTP 500, which nobody may take for "there is none".

    And what an image was made of, which AWS tells and nobody can write.
    """
    if not hasattr(Ami, "source_instance_id"):
        setattr(Ami, "source_instance_id", property(lambda image: image.instance_id))  # noqa: B010  moto has none
    for action in (
        create_service_specific_credential,
        list_service_specific_credentials,
        update_service_specific_credential,
        delete_service_specific_credential,
    ):
        if not hasattr(IamResponse, action.__name__):
            setattr(IamResponse, action.__name__, action)


def create_service_specific_credential(self: Any) -> ActionResult:
    """CreateServiceSpecificCredential."""
    name, service = self._get_param("UserName"), self._get_param("ServiceName")
    held = _held(self)
    held[f"ACCA{len(held):017}"] = {"UserName": name, "ServiceName": service, "Status": "Active"}
    return ActionResult({"ServiceSpecificCredential": _entries(held)[-1]})


def list_service_specific_credentials(self: Any) -> ActionResult:
    """ListServiceSpecificCredentials, of one user."""
    return ActionResult({"ServiceSpecificCredentials": _entries(_held(self))})


def update_service_specific_credential(self: Any) -> ActionResult:
    """UpdateServiceSpecificCredential."""
    _held(self)[self._get_param("ServiceSpecificCredentialId")]["Status"] = self._get_param("Status")
    return EmptyResult()


def delete_service_specific_credential(self: Any) -> ActionResult:
    """DeleteServiceSpecificCredential."""
    del _held(self)[self._get_param("ServiceSpecificCredentialId")]
    return EmptyResult()


def _held(response: Any) -> dict[str, dict[str, str]]:
    held: dict[str, dict[str, str]] = vars(response.backend.get_user(response._get_param("UserName"))).setdefault(
        "service_specific_credentials", {}
    )
    return held


def _entries(held: dict[str, dict[str, str]]) -> list[dict[str, str]]:
    return [{**entry, "ServiceSpecificCredentialId": id_} for id_, entry in held.items()]
