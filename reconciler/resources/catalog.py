"""The explicit list of kinds. A new kind is one file, and one line here."""

from __future__ import annotations

from reconciler.resources import (
    ec2_instance,
    ec2_security_group,
    ec2_volume,
    iam_group,
    iam_role,
    iam_user,
    lambda_function,
    rds_db,
    s3_bucket,
)
from reconciler.resources.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        ec2_instance.KIND,
        ec2_security_group.KIND,
        ec2_volume.KIND,
        iam_group.KIND,
        iam_role.KIND,
        iam_user.KIND,
        lambda_function.KIND,
        rds_db.KIND,
        s3_bucket.KIND,
    )
}
