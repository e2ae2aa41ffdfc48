"""Tokens for a person at a terminal (RFC 8628)."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.identity_provider import IdentityProvider, OAuthError, printable
from mlflow_gateway_auth.sources.login_cache import Login, LoginCache
from mlflow_gateway_auth.token import Token, make_token

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL_SECONDS = 5.0
_MAX_INTERVAL_SECONDS = 60.0
_MAX_WAIT_SECONDS = 1800.0


class DeviceFlow:
    """Asks a person to sign in with a browser, once, and then renews with the refresh token.

    The question goes to standard error. A person is asked only while there is no valid token.
    """

    def __init__(
        self,
        provider: IdentityProvider,
        secret: Callable[[], str | None],
        form: dict[str, str],
        cache: LoginCache | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._provider = provider
        self._secret = secret
        self._form = form
        self._cache = cache
        self._sleep = sleep
        self._login: Login | None = None

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        with self._shared():
            login = self._login
            if login is not None and self._is_new(login, refused):
                return login.token  # Another process has renewed it.
            if login is not None and login.refresh_token is not None:
                try:
                    return self._renew(login.refresh_token)
                except OAuthError:
                    # The session at the provider has ended.
                    if not urgent:
                        raise
            elif not urgent:
                raise GatewayAuthError("The identity provider gave no refresh token: sign in again when the token expires.")
            return self._ask_person()

    def has_changed(self) -> bool:
        return False

    @contextmanager
    def _shared(self) -> Iterator[None]:
        """Processes that share a cache take turns, since most providers accept a refresh token once."""
        if self._cache is None:
            yield
            return
        with self._cache.lock():
            self._login = self._cache.read() or self._login
            yield

    def _is_new(self, login: Login, refused: str | None) -> bool:
        now = time.time()
        return login.token.value != refused and login.token.is_valid(now) and not login.token.is_due(now)

    def _renew(self, refresh_token: str) -> Token:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **self._form}
        return self._keep(self._provider.ask_token(form, self._secret()), refresh_token)

    def _keep(self, answer: dict[str, Any], previous: str | None = None) -> Token:
        token = make_token(answer.get("access_token"), "the identity provider", answer.get("expires_in"))
        # Without a new one the old one stays (RFC 6749, section 6).
        refresh_token = answer.get("refresh_token", previous)
        self._login = Login(token, refresh_token if isinstance(refresh_token, str) else None)
        if self._cache is not None:
            self._cache.write(self._login)
        return token

    def _ask_person(self) -> Token:
        answer = self._provider.ask_device(dict(self._form), self._secret())
        device_code, user_code = answer.get("device_code"), answer.get("user_code")
        uri, complete = answer.get("verification_uri"), answer.get("verification_uri_complete")
        if not (isinstance(device_code, str) and isinstance(user_code, str) and isinstance(uri, str)):
            raise GatewayAuthError("The identity provider started no device flow (RFC 8628, section 3.2).")
        lines = [f"To sign in to MLflow open {printable(uri, 500)} and enter the code {printable(user_code, 50)}"]
        if isinstance(complete, str):
            lines.append(f"or open {printable(complete, 1000)}")
        print("\n".join(lines), file=sys.stderr, flush=True)
        interval = _seconds(answer.get("interval"), _INTERVAL_SECONDS, _MAX_INTERVAL_SECONDS)
        until = time.monotonic() + _seconds(answer.get("expires_in"), _MAX_WAIT_SECONDS, _MAX_WAIT_SECONDS)
        form = {"grant_type": _GRANT, "device_code": device_code}
        while time.monotonic() < until:
            self._sleep(interval)
            try:
                token = self._keep(self._provider.ask_token(form, self._secret()))
            except OAuthError as error:
                if error.code == "slow_down":
                    interval = min(interval + 5.0, _MAX_INTERVAL_SECONDS)
                elif error.code != "authorization_pending":
                    raise
            except TransientError:
                interval = min(interval * 2, _MAX_INTERVAL_SECONDS)
            else:
                print("Signed in.", file=sys.stderr, flush=True)
                return token
        raise GatewayAuthError("Nobody signed in before the code expired.")


def _seconds(value: object, default: float, maximum: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        return default
    return min(float(value), maximum)
