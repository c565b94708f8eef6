"""Clients are shared by accounts; each request is signed by the key of the very account that it is meant for."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from threading import Barrier
from typing import Any

import pytest

from reconciler.clients.aws.accounts import AccountRegion, Aws
from reconciler.clients.aws.credentials import CredentialSource, Purpose
from reconciler.clients.aws.sessions import MOST, Sessions
from reconciler.clients.aws.signing import Unbound
from reconciler.iam.actions import known
from reconciler.model.call import Call
from reconciler.resources.place import Entered
from tests.conftest import set_environment
from tests.identity.conftest import with_keys
from tests.identity.enter import config
from tests.identity.recorder import Answer, Recorder, Seen, recording

IDS = {f"a{number:02}": f"{700_000_000_000 + number}" for number in range(12)}
REGIONS = ("eu-west-1", "us-east-1")


@pytest.fixture
def recorder(_outside: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """The recorder, and keys in the environment, which may sign nothing but AssumeRole."""
    with recording() as made:
        set_environment(made.url, monkeypatch)
        with_keys(monkeypatch)
        yield made


@dataclass
class Clock:
    """A clock that is moved by hand."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Now, and as much as it was moved."""
        return datetime.now(UTC) + self.ahead


def source(purpose: Purpose, sessions: Sessions, clock: Clock) -> Aws:
    accounts = {name: {"id": id_, "team": "t", "regions": list(REGIONS)} for name, id_ in IDS.items()}
    how = config(accounts=accounts, aws={"credentials": "role"})
    return Aws(CredentialSource(how, purpose, sessions, clock=clock), known, lambda _seconds: None)


def unpaced(_service: str, _operation: str, _arguments: Mapping[str, Any], once: Callable[[], Any]) -> Any:
    return once()


def look(place: Entered) -> list[None]:
    """Pages of EC2 and IAM and a bucket of the place's account, side by side in threads that know of no account."""
    mine = f"for-{place.account}"
    filters = [{"Name": "tag:a", "Values": [mine]}]
    volumes = place.client("ec2").get_paginator("describe_volumes").paginate(Filters=filters)
    roles = place.client("iam").get_paginator("list_roles").paginate(PathPrefix=f"/{mine}/")
    works = [
        lambda: list(volumes),
        lambda: list(roles),
        lambda: place.client("s3").get_bucket_tagging(Bucket=mine),
        lambda: place.client("s3", "eu-central-1").get_bucket_tagging(Bucket=mine),
    ]
    with ThreadPoolExecutor(len(works)) as pool:
        return [None for _ in pool.map(lambda work: work(), works)]


def tag(account: str) -> Call:
    mine = f"for-{IDS[account]}"
    return Call(service="ec2", operation="create_tags", arguments={"Resources": [mine], "Tags": [{"Key": "a"}]})


def everywhere(reader: Aws, writer: Aws) -> None:
    """All accounts and regions at once, reading and writing interleaved."""
    works = [
        work
        for name, region in product(IDS, REGIONS)
        for work in (partial(reader.look, name, region, look), partial(writer.send, name, region, tag(name)))
    ]
    with ThreadPoolExecutor(32) as pool:
        answers = [future.result() for future in [pool.submit(work) for work in works]]
    assert [answer for answer in answers if answer not in (None, [None] * 4)] == []


def wrongly_signed(recorder: Recorder) -> list[Seen]:
    return [one for one in recorder.seen if one.signer != one.meant or not one.token_fits or not one.meant]


def test_each_request_is_signed_by_the_account_it_is_meant_for(recorder: Recorder) -> None:
    sessions, clock = Sessions("77.1"), Clock()
    reader, writer = source("read", sessions, clock), source("act", sessions, clock)

    everywhere(reader, writer)
    clock.ahead = recorder.ahead = timedelta(minutes=50)  # all are renewed, in the middle of what threads do
    everywhere(reader, writer)

    assert wrongly_signed(recorder) == []
    # Two rounds of two regions: two pages each of volumes and roles, two buckets, and a tag by the other role.
    assert Counter((one.signer, one.role) for one in recorder.seen) == {
        (id_, role): calls * 4 for id_ in IDS.values() for role, calls in (("krampusread", 6), ("krampusact", 1))
    }
    # Once an account and role, and once more for the renewal.
    assert recorder.entered == {(id_, role): 2 for id_ in IDS.values() for role in ("krampus-read", "krampus-act")}


def test_what_is_signed_again_is_signed_by_the_same_account(recorder: Recorder) -> None:
    """A busy AWS, sessions that it ended early, and a bucket that is elsewhere than its client."""
    sessions, clock = Sessions("77.1"), Clock()
    ended: set[str] = set()

    def spoil(one: Seen, number: int) -> Answer | None:
        if one.service == "s3" and one.region != "eu-central-1":
            return 400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-central-1</Region></Error>"
        if one.service == "ec2" and one.signer not in ended and one.role == "krampusread":
            ended.add(one.signer)
            return 400, "<Response><Errors><Error><Code>ExpiredToken</Code></Error></Errors></Response>"
        busy = number % 7 == 0 and one.role == "krampusread"
        return (503, "<Error><Code>ServiceUnavailable</Code></Error>") if busy else None

    recorder.spoil = spoil
    everywhere(source("read", sessions, clock), source("act", sessions, clock))

    assert wrongly_signed(recorder) == []
    assert ended == set(IDS.values())
    assert {one.region for one in recorder.seen if one.service == "s3"} == {*REGIONS, "eu-central-1"}
    assert set(recorder.entered.values()) <= {1, 2, 3}  # both regions may have met the session that was ended


def test_two_places_whose_pages_are_read_in_turn_in_one_thread_keep_their_names(recorder: Recorder) -> None:
    reader = source("read", Sessions("77.1"), Clock())

    def pages(place: AccountRegion) -> Iterator[object]:
        mine = [{"Name": "tag:a", "Values": [f"for-{place.account}"]}]
        return iter(place.client("ec2").get_paginator("describe_volumes").paginate(Filters=mine))

    one, other = (reader.look(name, "eu-west-1", pages) for name in ("a00", "a01"))
    assert isinstance(one, Iterator) and isinstance(other, Iterator)

    assert len(list(zip(one, other, strict=True))) == 2
    assert wrongly_signed(recorder) == []
    assert {seen.signer for seen in recorder.seen} == {IDS["a00"], IDS["a01"]}


def test_accounts_share_their_clients(recorder: Recorder) -> None:
    sessions, clock = Sessions("77.1"), Clock()
    everywhere(source("read", sessions, clock), source("act", sessions, clock))

    assert wrongly_signed(recorder) == []
    # Of EC2 and IAM in two regions, of S3 in a third, too.
    assert len(sessions._clients) == 2 + 2 + 3


def test_many_regions_keep_but_so_many_clients_and_who_has_one_goes_on_with_it(recorder: Recorder) -> None:
    """S3's own question, after where a bucket is, is asked through what botocore refers to weakly."""
    sessions = Sessions("77.1")
    reader = source("read", sessions, Clock())

    def moved(one: Seen, _number: int) -> Answer | None:
        if one.method == "HEAD":
            return 200, "<Region>eu-central-1</Region>"
        return None if one.region == "eu-central-1" else (301, "<Error><Code>PermanentRedirect</Code></Error>")

    def slow(place: AccountRegion) -> None:
        s3 = place.client("s3")
        for number in range(MOST + 3):
            sessions.client("sts", f"eu-west-{number}", None, unpaced)
        gc.collect()
        s3.get_bucket_tagging(Bucket=f"for-{place.account}")

    recorder.spoil = moved
    assert reader.look("a00", "eu-west-1", slow) is None
    assert len(sessions._clients) == MOST
    assert wrongly_signed(recorder) == []
    assert [one.method for one in recorder.seen] == ["GET", "HEAD", "GET"]


def test_a_client_in_nobody_s_name_signs_nothing_and_hides_it_from_nobody(recorder: Recorder) -> None:
    """Not with the keys at hand, not with those of the account that another thread works for."""
    reader = source("read", Sessions("77.1"), Clock())
    both = Barrier(2, timeout=10)

    def nobody(place: AccountRegion) -> None:
        place.client("s3").get_bucket_tagging(Bucket=f"for-{place.account}")  # in the same thread, right before
        nameless = place._sessions.client("ec2", "eu-west-1", None, unpaced)
        both.wait()
        nameless.describe_volumes()

    def somebody(place: AccountRegion) -> None:
        both.wait()
        look(place)

    with ThreadPoolExecutor(2) as pool:
        wrong = pool.submit(reader.look, "a00", "eu-west-1", nobody)
        right = pool.submit(reader.look, "a01", "eu-west-1", somebody)
        right.result()
        with pytest.raises(Unbound, match="in no account's name"):
            wrong.result()

    assert wrongly_signed(recorder) == []


def test_one_account_that_waits_for_sts_holds_up_no_other(recorder: Recorder) -> None:
    """All must be asked for at once before any is answered."""
    together = Barrier(len(IDS), timeout=10)
    enter = recorder._enter

    def all_at_once(role_arn: str) -> Answer:
        together.wait()
        return enter(role_arn)

    recorder._enter = all_at_once  # type: ignore[method-assign]  # the test's own server
    reader = source("read", Sessions("77.1"), Clock())
    with ThreadPoolExecutor(3 * len(IDS)) as pool:
        assert set(pool.map(reader.enter, [*IDS, *IDS, *IDS])) == {None}
    assert set(recorder.entered.values()) == {1}
