"""moto dates a backup by the machine's clock; a run that plays another time takes it then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from moto.ec2.models import ec2_backends


@contextmanager
def backups_begin(at: datetime | None) -> Iterator[None]:
    """What snapshots and images are made within are begun at this moment; as moto says, if it is None."""
    before = {id(one) for one in _backups()}
    yield
    for backup in _backups() if at else ():
        if id(backup) not in before:
            setattr(backup, "start_time" if hasattr(backup, "start_time") else "creation_date", at)


def _backups() -> list[Any]:
    regions = (region for account in list(ec2_backends.values()) for region in list(account.values()))
    return [one for region in regions for one in (*region.snapshots.values(), *region.amis.values())]
