"""Keeps one token for all threads of a process, and renews it."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from typing import Callable

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.sources.source import TokenSource
from mlflow_gateway_auth.token import Token

_logger = logging.getLogger("mlflow_gateway_auth")

#: Attempts of a renewal without which no request can be sent, and the pause before the second; it doubles.
_ATTEMPTS = 4
_PAUSE_SECONDS = 0.5
#: The pause between failed renewals; it doubles up to the maximum.
_RETRY_SECONDS = 1.0
_RETRY_MAX_SECONDS = 5.0
#: How long a refusal is not answered with a new token after the gateway has refused a new one too.
_REFUSED_SECONDS = 60.0


class TokenSupply:
    """One token at a time, renewed before it expires by one thread at a time.

    While the token is valid, one thread renews it and the others go on with it. Without a valid token all wait for one renewal.
    A renewal that fails changes nothing while the token is valid.
    """

    def __init__(self, source: TokenSource, sleep: Callable[[float], None] = time.sleep) -> None:
        self._source = source
        self._sleep = sleep
        self._lock = threading.Lock()
        self._current: Token | None = None
        self._failures = 0
        self._error: GatewayAuthError | None = None
        self._not_before = 0.0
        self._no_renewal_before = 0.0
        _supplies.add(self)

    def token(self) -> str:
        """Returns the token to send now.

        Raises ``GatewayAuthError`` if there is no valid one and the source gives none.
        """
        now = time.time()
        current = self._current
        if current is not None and not current.is_due(now) and not self._source.has_changed():
            return current.value
        if current is not None and current.is_valid(now):
            if self._lock.acquire(blocking=False):
                try:
                    self._renew_early()
                finally:
                    self._lock.release()
            return (self._current or current).value
        with self._lock:
            return self._require().value

    def replace(self, refused: str) -> str | None:
        """Returns another token than the one that the gateway has refused, or ``None`` if there is none."""
        with self._lock:
            current = self._current
            now = time.time()
            if current is not None and current.value != refused:
                return current.value
            if now < self._no_renewal_before:
                return None
            try:
                fetched = self._source.fetch(urgent=True, refused=refused)
            except GatewayAuthError as error:
                _logger.warning("The gateway refused the token, and there is no new one: %s", error)
                self._no_renewal_before = now + _RETRY_MAX_SECONDS
                return None
            if fetched.value == refused:
                return None
            self._accept(fetched)
            return fetched.value

    def refused_again(self) -> None:
        """Says that the gateway has refused the new token too: renewing does not help, for example with a wrong audience."""
        self._no_renewal_before = time.time() + _REFUSED_SECONDS

    def _renew_early(self) -> None:
        now = time.time()
        current = self._current
        if current is not None and not current.is_due(now) and not self._source.has_changed():
            return  # Another thread has just renewed it.
        if now < self._not_before:
            return
        try:
            self._accept(self._source.fetch(urgent=False, refused=None))
        except GatewayAuthError as error:
            self._fail(error)
            _logger.warning("The token could not be renewed and is still valid; trying again: %s", error)

    def _require(self) -> Token:
        now = time.time()
        current = self._current
        if current is not None and current.is_valid(now) and not current.is_due(now):
            return current  # Another thread has fetched it while this one waited.
        if now < self._not_before and not self._source.has_changed():
            if self._error is not None:
                raise self._error
            if current is not None:
                return current
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                fetched = self._source.fetch(urgent=True, refused=None)
                self._accept(fetched)
                return fetched
            except TransientError as error:
                if attempt == _ATTEMPTS:
                    self._fail(error)
                    raise
                self._sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
            except GatewayAuthError as error:
                self._fail(error)
                raise
        raise AssertionError("unreachable")

    def _accept(self, token: Token) -> None:
        self._current = token
        self._error = None
        self._failures = 0
        # A source may still have the old token, such as a file that is not replaced yet: ask it once a second.
        self._not_before = time.time() + _RETRY_SECONDS if token.is_due(time.time()) else 0.0

    def _fail(self, error: GatewayAuthError) -> None:
        self._failures += 1
        self._error = error
        self._not_before = time.time() + min(_RETRY_SECONDS * 2 ** min(self._failures - 1, 8), _RETRY_MAX_SECONDS)

    def _after_fork(self) -> None:
        # The thread that held the lock does not exist in the child.
        self._lock = threading.Lock()


_supplies: weakref.WeakSet[TokenSupply] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for supply in list(_supplies):
        supply._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
