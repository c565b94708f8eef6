"""The explicit list of kinds. A new kind is one file, and one line here."""

from __future__ import annotations

from reconciler.resources import ec2_instance, ec2_security_group, ec2_volume
from reconciler.resources.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        ec2_instance.KIND,
        ec2_security_group.KIND,
        ec2_volume.KIND,
    )
}
