"""Secrets in what git, GitHub and AWS say: whatever form one has, nothing of it is left in any text that is shown."""

from __future__ import annotations

import base64
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, HTTPClientError
from hypothesis import given
from hypothesis import strategies as st

from reconciler.clients.aws.errors import problem_of
from reconciler.clients.github.api import connect, repository
from reconciler.clients.github.environment import GithubEnvironment
from reconciler.errors import DoorClosed, TrackerRefused
from reconciler.render.escape import code, log_line, log_text, one_line, prose, title
from reconciler.render.secrets import strike
from tests.clients import conftest as git_fixtures
from tests.clients.remote import Remote
from tests.clients.test_checkout import Build, checkout, push
from tests.github import conftest as github_fixtures
from tests.github.fake import FakeGithub
from tests.github.wire import Fault

hub = github_fixtures.hub
remote, clone = git_fixtures.remote, git_fixtures.clone

SEEN = 8  # characters in a row that would give a secret away
WORD = string.ascii_letters + string.digits
PLAIN = st.text(WORD, min_size=20, max_size=80)
URL64 = st.text(f"{WORD}-_", min_size=20, max_size=120)
BASE64 = st.text(f"{WORD}+/", min_size=40, max_size=300)
JWT = st.tuples(URL64, URL64, URL64).map(lambda part: f"eyJ{part[0]}.eyJ{part[1]}.{part[2]}")
TOKENS = st.one_of(
    st.tuples(st.sampled_from(["ghp", "gho", "ghu", "ghs", "ghr"]), PLAIN).map("_".join),
    st.tuples(st.just("github_pat"), PLAIN, PLAIN).map("_".join),
    st.tuples(st.just("ghs"), st.integers(1, 10**8).map(str), JWT).map("_".join),
    JWT,
    st.tuples(st.sampled_from(["IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdz", "FQoGZXIvYXdz"]), BASE64).map("".join),
)
BEFORE = ("", "token ", "(", '"', "x=", "TOKEN_", "https://example.org/?t=", "'", "remote: ")
AFTER = ("", ")", '"', " was refused.", "\n", "; renew it", ", and", "<")


def left_of(secret: str, text: str) -> list[str]:
    """What of a secret a text shows."""
    return [secret[at : at + SEEN] for at in range(len(secret) - SEEN + 1) if secret[at : at + SEEN] in text]


@given(TOKENS, st.sampled_from(BEFORE), st.sampled_from(AFTER))
def test_nothing_is_left_of_a_token_wherever_it_stands(token: str, before: str, after: str) -> None:
    assert left_of(token, strike(f"it said {before}{token}{after}")) == []


@given(
    TOKENS, st.sampled_from([code, log_line, log_text, one_line, prose, title]), st.sampled_from(["\u200b", "\u00ad"])
)
def test_nor_in_any_place_that_shows_text_even_if_it_is_hidden_there(
    token: str, show: Callable[[object], str], hidden: str
) -> None:
    assert left_of(token, show(f"it said {token}")) == []
    assert left_of(token, show(f"it said {token[:6]}{hidden}{token[6:]}")) == []


@given(TOKENS, st.sampled_from(["x-access-token", "git", ""]))
def test_nor_of_one_that_is_the_password_of_a_url_or_of_basic_authentication(token: str, user: str) -> None:
    encoded = base64.b64encode(f"{user}:{token}".encode()).decode()
    for text in (f"https://{user}:{token}@github.com/a/b", f"https://{user}:{token}@@host/x", f"{user}:{token}@host"):
        assert left_of(token, strike(text)) == []
    for text in (f"AUTHORIZATION: basic {encoded}", f"'Authorization': 'Basic {encoded}'", f"Basic {encoded}"):
        assert left_of(encoded, strike(text)) == []
    if user == "x-access-token" or token.startswith("gh"):
        assert left_of(encoded, strike(f"it sent {encoded} to the host")) == []


@given(PLAIN)
def test_nor_of_what_only_its_name_gives_away(secret: str) -> None:
    for text in (
        f"Authorization: Bearer {secret}",
        f"authorization: {secret}",
        f"'Authorization': 'AWS4-HMAC-SHA256 Credential=AKIA/x, SignedHeaders=host, Signature={secret}'",
        f"bearer {secret}",
        f"aws_secret_access_key = {secret}",
        f"AWS_SECRET_ACCESS_KEY={secret}",
        f'{{"SecretAccessKey": "{secret}", "SessionToken": "{secret}"}}',
        f"<SecretAccessKey>{secret}</SecretAccessKey>",
        f"X-Amz-Security-Token={secret}&X-Amz-Signature={secret}",
        f"https://user:{secret}@example.org/x",
        f"x-access-token:{secret}",
    ):
        assert left_of(secret, strike(text)) == [], text


@given(st.lists(st.text(f"{WORD}+/", min_size=64, max_size=64), min_size=1, max_size=20), st.booleans())
def test_nor_of_a_private_key_whole_or_cut_off(lines: list[str], cut: bool) -> None:
    for kind, first in (("OPENSSH ", "b3BlbnNzaC1rZXktdjEAAAAA"), ("RSA ", "MIIEpAIBAAKCAQEA"), ("", "MIIEvQIBADANBg")):
        body = "\n".join([first, *lines])
        end = "" if cut else f"\n-----END {kind}PRIVATE KEY-----\nafter it"
        for text in (f"-----BEGIN {kind}PRIVATE KEY-----\n{body}{end}", body):
            struck = strike(f"error in libcrypto: {text}")
            assert [left for line in lines for left in left_of(line, struck)] == []
        assert cut or strike(f"-----BEGIN {kind}PRIVATE KEY-----\n{body}{end}").endswith("after it")


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:iam::111122223333:role/krampus-act is not authorized to perform: s3:DeleteBucket",
        "AKIAIOSFODNN7EXAMPLE",
        "3d3c42e5aac5ba805825da76410c181273ba90b1",
        "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
        "weigh_in, highs_total and basic authentication",
        "https://github.com/acme/cloud/issues/1, as @acme/web said",
        "the password must be changed; the authorization failed",
        "ec2.terminate_instances i-0123456789abcdef0",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert strike(text) == text


JSON_TOKEN = "ghs_4711_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0NzExIiwiZXhwIjoxfQ.c2lnbmF0dXJlLW9mLWl0-_aa"  # noqa: S105  made up


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429])
def test_an_error_of_github_that_quotes_the_token_shows_nothing_of_it(hub: FakeGithub, status: int) -> None:
    around = GithubEnvironment(hub.url, token=JSON_TOKEN)
    said = f"{'x' * 250} Bad token {JSON_TOKEN} in Authorization: bearer {JSON_TOKEN}"
    hub.faults.append(Fault(".*", status, said, {"Retry-After": "9999"} if status == 429 else {}))
    with pytest.raises(TrackerRefused) as refused:
        repository(connect(JSON_TOKEN, around), "acme/cloud").create_issue("x")
    assert left_of(JSON_TOKEN, str(refused.value)) == []


@pytest.mark.parametrize("first", ["-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU"])
def test_what_a_git_server_quotes_shows_nothing_of_it(remote: Remote, clone: Path, tmp_path: Path, first: str) -> None:
    line = "QyNTUxOQAAACBq" * 5
    key = "\n".join([first, *[line] * 6, "-----END OPENSSH PRIVATE KEY-----"])
    said = (f"with {JSON_TOKEN} and", key, f"at https://x-access-token:{JSON_TOKEN}@github.com/o/r")
    (tmp_path / "said").write_text("\n".join(said) + "\n")
    remote.hook("pre-receive", f"cat {tmp_path}/said >&2; exit 1")
    with pytest.raises(DoorClosed) as closed:
        push(checkout(clone), Build({"a": b"1"}))
    assert "at https://github.com/o/r" in str(closed.value)
    assert left_of(JSON_TOKEN, str(closed.value)) == left_of(line, str(closed.value)) == []


def test_an_error_of_aws_that_quotes_credentials_shows_nothing_of_them() -> None:
    session = f"IQoJb3JpZ2luX2Vj{'aB3/' * 60}"
    key = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
    said = f"The security token {session} is invalid; SecretAccessKey: {key}, {JSON_TOKEN}"
    response = {"Error": {"Code": "InvalidClientTokenId", "Message": said}}
    for error in (ClientError(response, "StopInstances"), HTTPClientError(error=said)):
        message = problem_of(error).message
        assert left_of(session, message) == left_of(JSON_TOKEN, message) == []
        assert "wJalrXUtn" not in message
