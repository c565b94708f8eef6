"""The ARNs of what Krampus acts on, as wide as a permission takes them: one account, every region, every name.

Source: the Service Authorization Reference, to which a test compares them. Not a kind.
"""

from __future__ import annotations

GROUP_OF_INSTANCES = "arn:{partition}:autoscaling:*:{account}:autoScalingGroup:*:autoScalingGroupName/*"
IMAGE = "arn:{partition}:ec2:*::image/*"
INSTANCE = "arn:{partition}:ec2:*:{account}:instance/*"
SECURITY_GROUP_RULE = "arn:{partition}:ec2:*:{account}:security-group-rule/*"
SNAPSHOT = "arn:{partition}:ec2:*::snapshot/*"
SPOT_REQUEST = "arn:{partition}:ec2:*:{account}:spot-instances-request/*"
VOLUME = "arn:{partition}:ec2:*:{account}:volume/*"

GROUP = "arn:{partition}:iam::{account}:group/*"
INSTANCE_PROFILE = "arn:{partition}:iam::{account}:instance-profile/*"
MFA = "arn:{partition}:iam::{account}:mfa/*"
ROLE = "arn:{partition}:iam::{account}:role/*"
USER = "arn:{partition}:iam::{account}:user/*"
POLICY = "arn:{partition}:iam::{account}:policy/*"
AWS_POLICY = "arn:{partition}:iam::aws:policy/*"
DENY_ALL = "arn:{partition}:iam::aws:policy/AWSDenyAll"

# A disk, and the snapshot that it was made of, may be encrypted with a key that another account shares.
SHARED_KEY = "arn:{partition}:kms:*:*:key/*"

MAPPING = "arn:{partition}:lambda:*:{account}:event-source-mapping:*"

BUILD_PROJECT = "arn:{partition}:codebuild:*:{account}:project/*"

DB_INSTANCE = "arn:{partition}:rds:*:{account}:db:*"
DB_CLUSTER = "arn:{partition}:rds:*:{account}:cluster:*"
DB_SNAPSHOT = "arn:{partition}:rds:*:{account}:snapshot:*"
# Final snapshots bear Krampus' name.
FINAL_SNAPSHOT = "arn:{partition}:rds:*:{account}:snapshot:krampus-*"

BUCKET = "arn:{partition}:s3:::*"
