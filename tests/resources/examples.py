"""The explicit list of examples, over which the laws are checked."""

from __future__ import annotations

from tests.resources import (
    test_ec2_instance,
    test_ec2_security_group,
    test_ec2_volume,
    test_iam_group,
    test_iam_role,
    test_iam_user,
    test_lambda_function,
    test_rds_db,
    test_s3_bucket,
)
from tests.resources.example import Example

EXAMPLES: tuple[Example, ...] = (
    *test_ec2_instance.EXAMPLES,
    *test_ec2_security_group.EXAMPLES,
    *test_ec2_volume.EXAMPLES,
    *test_iam_group.EXAMPLES,
    *test_iam_role.EXAMPLES,
    *test_iam_user.EXAMPLES,
    *test_lambda_function.EXAMPLES,
    *test_rds_db.EXAMPLES,
    *test_s3_bucket.EXAMPLES,
)
