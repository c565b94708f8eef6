"""Where a secret may be sent."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def may_take_secrets(url: str) -> bool:
    """Whether nobody between can read what is sent to a URL: over https, or to a loopback address of this machine."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("http", "https"):
        return False
    if parts.scheme == "https":
        return True
    try:
        return ip_address(parts.hostname).is_loopback
    except ValueError:
        return False
