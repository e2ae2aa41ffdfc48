"""Tokens for a service (RFC 6749, section 4.4)."""

from __future__ import annotations

from typing import Callable

from mlflow_gateway_auth.identity_provider import IdentityProvider
from mlflow_gateway_auth.token import Token, make_token


class ClientCredentials:
    """Gets each token with the client's id and secret. ``secret`` is called for each: a secret in a file may change."""

    def __init__(self, provider: IdentityProvider, secret: Callable[[], str], form: dict[str, str]) -> None:
        self._provider = provider
        self._secret = secret
        self._form = form

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        answer = self._provider.ask_token({"grant_type": "client_credentials", **self._form}, self._secret())
        return make_token(answer.get("access_token"), "the identity provider", answer.get("expires_in"))

    def has_changed(self) -> bool:
        return False
