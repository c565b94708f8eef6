"""Strikes secrets out of any text that is shown, kept or sent: errors of git, GitHub and AWS may quote them. PURE.

Whoever words an error of another system strikes before the text is cut or split into lines; `escape` strikes once more
whatever is printed or written into issues and reports. What has no form of its own (AWS's secret keys, passwords) is
known by what stands before it. Ids of access keys are no secrets, and stay.
"""

from __future__ import annotations

import base64
import binascii
import re

STRUCK = "…"
# All that a token of GitHub may hold: installation tokens are `ghs_APPID_JWT`, with dots, dashes and underscores.
FORM = r"(?i:gh[a-z]|github_pat)(?:_|%5[Ff])[\w.~+/=%-]*"
FORMS = re.compile(
    "|".join(
        (
            # A private key in PEM form, whole or cut off, whoever's: the App's, or the one that signs.
            r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY-----|.*)",
            # The same without its first line: so begin OpenSSH's, RSA's and PKCS 8's.
            r"(?:b3BlbnNzaC1rZXktdjE|MI[IG][A-Za-z0-9+/]{3,5}(?:IBA|CAQ|Bg|AQ))[A-Za-z0-9+/=\s]*",
            rf"(?<![A-Za-z0-9]){FORM}|{FORM[:-1]}{{16,}}",
            r"(?<![\w.])v1\.[0-9a-f]{40}",  # installation tokens of old Enterprise Servers
            r"eyJ[\w-]{5,}(?:\.[\w-]*)*",  # JSON web tokens
            r"(?:FwoG|FQoG|AQoD|IQoJ)[A-Za-z0-9]{4,}[A-Za-z0-9+/_=%-]*",  # AWS session tokens
            # Of a header, all that follows.
            r"(?i:(?<=authorization)[\"']?\s*[:=][^\n]*|(?<=x-amz-security-token)[\"']?\s*[:=][^\n&]*)",
            r"(?i:(?<=\bbearer )\s*[^\s\"']{8,}|(?<=\bbasic )\s*(?=\S*(?-i:[\d=A-Z]))[^\s\"']{8,})",
            r"(?i:(?<=x-access-token:)[^\s@\"']+)",
            r"(?i:(?<=x-amz-signature=)[\w%+/=-]+|(?<=x-amz-credential=)[\w%+/=-]+)",
            # User and password of a URL; a password may hold `@` and `/`.
            r"(?P<user>(?<=://)(?:[^\s\"'<>@]{0,1000}+@)+)",
            # By the name before it: in settings, JSON, XML and Python.
            r"(?i:secret_?access_?key|secret_?key|session_?token|security_?token|private_?key|client_?secret|password)"
            r"[\"']?\s*[:=>]\s*[\"']?[^\s\"'<>&,;]+",
        )
    ),
    re.DOTALL,
)
# One of them, in small letters, is in all that has one of these forms; most texts have none.
SIGNS = (
    *("gh", "github", "eyj", "key", "b3blbnnz", "mii", "mig", "v1.", "fwog", "fqog", "aqod", "iqoj", "://", "token"),
    *("authorization", "x-amz-", "bearer ", "basic ", "secret", "password"),
)
# Basic authentication and the like: a run in base64 that holds one of the above.
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
WITHIN = re.compile(rf"{FORM}|x-access-token:|PRIVATE KEY")


def strike(text: str) -> str:
    """The text with `…` in the place of each secret; of a URL, its user is left out."""
    plain = text.lower()
    if any(sign in plain for sign in SIGNS):
        text = FORMS.sub(lambda found: "" if found.lastgroup == "user" else STRUCK, text)
    return ENCODED.sub(_decoded, text)


def _decoded(run: re.Match[str]) -> str:
    """The run, or `…` if it holds a secret, wherever in it the encoding begins."""
    text = run[0].rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(4):
        whole = text[start:]
        whole = whole[: len(whole) - len(whole) % 4]
        try:
            held = base64.b64decode(whole).decode("latin-1")
        except binascii.Error:
            continue
        if WITHIN.search(held):
            return STRUCK
    return run[0]
