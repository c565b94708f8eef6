"""A GitHub App of the fake: it signs, is known by its signature, and gets tokens for one owner at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.github.rules import Refusal
from tests.github.state import Permissions, show_user, stamp
from tests.github.wire import Answer, Request

if TYPE_CHECKING:
    from tests.github.fake import FakeGithub


@cache
def _key() -> rsa.RSAPrivateKey:
    """One a test process: making it takes a while."""
    return rsa.generate_private_key(65537, 2048)


@dataclass
class App:
    """`owners`: where it is installed, by owner, with the permissions given there; `minted`: owner of each token.

    hidden: repositories, without their owner, that are there but not the App's to see
    """

    slug: str = "krampus"
    id: int = 4711
    owners: dict[str, Permissions] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    minted: list[str] = field(default_factory=list)
    key: rsa.RSAPrivateKey = field(default_factory=_key)

    @property
    def pem(self) -> str:
        """The private key as GitHub gives it out."""
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
        return self.key.private_bytes(encoding, form, serialization.NoEncryption()).decode()

    def answer(self, hub: FakeGithub, request: Request, token: str) -> Answer | None:
        """What only an App may ask; None for all else."""
        parts = request.path.strip("/").split("/")
        if parts[0] != "app" and parts[-1] != "installation":
            return None
        try:
            said = jwt.decode(token, self.key.public_key(), ["RS256"], options={"require": ["exp", "iat", "iss"]})
        except jwt.PyJWTError:
            raise Refusal(401, "A JSON web token could not be decoded") from None
        if str(said["iss"]) != str(self.id):
            raise Refusal(401, "'Issuer' claim ('iss') must be an Integer")
        if request.path == "/app":
            return Answer(200, {"id": self.id, "slug": self.slug, "owner": show_user("acme")})
        if request.path == "/app/installations":
            return Answer(200, [self._show(owner) for owner in self.owners])
        if parts[-1] == "access_tokens" and request.verb == "POST":
            return self._mint(hub, int(parts[2]), request.body or {})
        owner = parts[1]
        name = "/".join(parts[1:3])
        if owner not in self.owners or (
            parts[0] == "repos" and (name not in hub.repositories or parts[2] in self.hidden)
        ):
            raise Refusal(404, "Not Found")
        return Answer(200, self._show(owner))

    def _mint(self, hub: FakeGithub, number: int, asked: dict[str, Any]) -> Answer:
        owner = next((one for one in self.owners if self._number(one) == number), None)
        if owner is None:
            raise Refusal(404, "Not Found")
        granted = self.owners[owner]
        wanted: Permissions = asked.get("permissions") or granted
        if any(granted.get(name) not in (level, "write") for name, level in wanted.items()):
            raise Refusal(422, "The permissions requested are not granted to this installation.")
        here = {name.split("/")[1] for name in hub.repositories if name.startswith(f"{owner}/")} - self.hidden
        names = asked.get("repositories") or sorted(here)
        if not set(names) <= here:
            raise Refusal(422, "There is at least one repository that does not exist or is not accessible")
        grants = {f"{owner}/{name}": wanted for name in names}
        token = hub.token(f"{self.slug}[bot]", grants)
        self.minted.append(owner)
        ends = stamp(datetime.now(UTC) + timedelta(hours=1))
        return Answer(201, {"token": token, "expires_at": ends, "permissions": wanted})

    def _show(self, owner: str) -> dict[str, Any]:
        number = self._number(owner)
        url = f"/app/installations/{number}/access_tokens"
        return {
            "id": number,
            "account": show_user(owner),
            "app_id": self.id,
            "app_slug": self.slug,
            "access_tokens_url": url,
            "permissions": self.owners[owner],
        }

    def _number(self, owner: str) -> int:
        return 100 + list(self.owners).index(owner)
