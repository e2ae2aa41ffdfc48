"""Origins of URLs (RFC 6454): the token is sent to one only."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port of a URL, in lower case and with the port written out."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" if self.port == _PORTS[self.scheme] else f"{self.scheme}://{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, which a name other than ``localhost`` never is."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent: TLS, or loopback."""
        return self.scheme == "https" or self.is_loopback


def origin_of(url: str | None) -> Origin | None:
    """Returns the origin of an ``http`` or ``https`` URL, and ``None`` for anything else.

    It parses with urllib3, which also opens the connection: a second parser could read another host.
    """
    try:
        parsed = parse_url(url or "")
    except LocationParseError:
        return None
    scheme = (parsed.scheme or "").lower()
    if scheme not in _PORTS or not parsed.host:
        return None
    return Origin(scheme, parsed.host.lower().strip("[]"), parsed.port or _PORTS[scheme])
