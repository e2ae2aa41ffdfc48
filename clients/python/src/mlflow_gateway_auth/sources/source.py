"""What a source of tokens does."""

from __future__ import annotations

from typing import Protocol

from mlflow_gateway_auth.token import Token


class TokenSource(Protocol):
    """Gives tokens. ``TokenSupply`` calls ``fetch`` from one thread at a time."""

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        """Returns a new token.

        ``urgent`` means that there is no valid token, so that asking a person is better than failing. ``refused`` is a token that
        the gateway has refused.

        Raises ``GatewayAuthError``, and ``TransientError`` if another attempt may succeed.
        """
        ...

    def has_changed(self) -> bool:
        """Whether there is a new token although the last one is not due. It is called for every request."""
        ...
