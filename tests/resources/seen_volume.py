"""A volume as it is seen, attached or free, with the facts that a test gives it."""

from __future__ import annotations

from typing import Any

from reconciler.model.sighting import Resource

NAME = "vol-0123456789abcdef0"
INSTANCE = "i-0123456789abcdef0"


def attachment(**facts: object) -> dict[str, Any]:
    usual = {"instance": INSTANCE, "device": "/dev/sdf", "state": "attached", "delete_on_termination": False}
    return {**usual, "boots": "", **facts}


def volume(*attachments: dict[str, Any], **facts: object) -> Resource:
    usual = {"state": "in-use" if attachments else "available", "attachments": list(attachments), "backups": []}
    return Resource(NAME, {**usual, **facts})
