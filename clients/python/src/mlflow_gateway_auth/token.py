"""A token and the time at which it expires."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

from mlflow_gateway_auth.errors import GatewayAuthError

#: A bearer token of RFC 6750, section 2.1: nothing else may stand in the header.
_BEARER = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_MAX_LENGTH = 16_384
#: A token is renewed in the last quarter of its life, but not earlier than a minute before its end.
_MARGIN_SECONDS = 60.0
_MARGIN_PART = 0.25


@dataclass(frozen=True)
class Token:
    """An access token. Times are seconds since the epoch."""

    value: str = field(repr=False)
    #: ``None`` if neither the source nor the token says so: it is used until it is refused.
    expires_at: float | None
    issued_at: float

    def is_valid(self, now: float) -> bool:
        return self.expires_at is None or now < self.expires_at

    def is_due(self, now: float) -> bool:
        """Whether it is time to renew the token."""
        if self.expires_at is None:
            return False
        margin = min(_MARGIN_SECONDS, max(0.0, self.expires_at - self.issued_at) * _MARGIN_PART)
        return now >= self.expires_at - margin


def make_token(value: object, source: str, expires_in: object = None) -> Token:
    """Checks a token and finds out when it expires.

    ``expires_in`` (seconds, RFC 6749 section 5.1) comes before the token's own ``exp``: it holds if this machine's clock is wrong.

    Raises ``GatewayAuthError`` with the name of the source if the value cannot be a bearer token.
    """
    if not isinstance(value, str) or not value:
        raise GatewayAuthError(f"{source} has no token.")
    if len(value) > _MAX_LENGTH:
        raise GatewayAuthError(f"The token of {source} is longer than {_MAX_LENGTH} characters.")
    if not _BEARER.fullmatch(value):
        raise GatewayAuthError(f"The token of {source} has characters that no bearer token has (RFC 6750, section 2.1).")
    now = time.time()
    claims = _claims_of(value)
    seconds = _number(expires_in)
    if seconds is not None:
        return Token(value, now + seconds, now)
    issued = _number(claims.get("iat"))
    return Token(value, _number(claims.get("exp")), now if issued is None else min(issued, now))


def _claims_of(value: str) -> dict[str, Any]:
    """The claims of a JWT, unverified: they only say when to renew. Any other token has none."""
    parts = value.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, str):
        # Some providers send `expires_in` as text.
        value = int(value) if re.fullmatch(r"[0-9]{1,12}", value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        return None
    return float(value)
