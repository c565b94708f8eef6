"""What time it is at AWS: the Date of STS's answer to a question that it need not understand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from botocore import UNSIGNED
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from reconciler.clients.aws.credentials import off_by, utc_now
from reconciler.clients.aws.sessions import HOME, Sessions

ATTEMPTS = 2


def ahead_of_aws(sessions: Sessions, partition: str, clock: Callable[[], datetime] = utc_now) -> timedelta | None:
    """How far this machine's clock is ahead of AWS's; None if AWS does not tell. It takes no credentials."""
    settings = sessions.settings(ATTEMPTS, read_timeout=10, signature_version=UNSIGNED)
    sts = sessions.session().client("sts", region_name=HOME[partition], config=settings)
    try:
        answer = sts.get_caller_identity()
    except ClientError as error:
        answer = error.response
    except (BotoCoreError, ResponseParserError, LookupError):
        return None  # no answer, or one that is none of STS (a proxy's page?)
    return off_by(answer, clock())
