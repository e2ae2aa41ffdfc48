"""A file that keeps a person signed in between processes."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.token import Token

_MAX_BYTES = 65_536


@dataclass(frozen=True)
class Login:
    """What a device flow gives."""

    token: Token
    refresh_token: str | None = field(repr=False)


class LoginCache:
    """Keeps the tokens of one login in a file with mode 0600. ``key`` names issuer, client and scope: another login is not read."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key

    def read(self) -> Login | None:
        """Returns the login, or ``None`` if the file does not exist, is damaged or is of another login.

        Raises ``GatewayAuthError`` if others may read or write the file, or it belongs to somebody else.
        """
        try:
            with self._path.open("rb") as file:
                self._check(os.fstat(file.fileno()))
                content = file.read(_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GatewayAuthError(f"The cache file {self._path} cannot be read: {error.strerror}.") from error
        try:
            kept = json.loads(content)
            if kept["key"] != self._key:
                return None
            expires_at, refresh_token = kept["expires_at"], kept["refresh_token"]
            token = Token(str(kept["access_token"]), None if expires_at is None else float(expires_at), float(kept["issued_at"]))
            return Login(token, None if refresh_token is None else str(refresh_token))
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    def write(self, login: Login) -> None:
        """Replaces the file in one step."""
        kept = {
            "key": self._key,
            "access_token": login.token.value,
            "expires_at": login.token.expires_at,
            "issued_at": login.token.issued_at,
            "refresh_token": login.refresh_token,
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # mkstemp makes files with mode 0600.
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(kept, file)
                os.replace(name, self._path)
            except BaseException:
                os.unlink(name)
                raise
        except OSError as error:
            raise GatewayAuthError(f"The cache file {self._path} cannot be written: {error.strerror}.") from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other processes out, where the system has file locks of POSIX."""
        try:
            import fcntl
        except ImportError:
            yield
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise GatewayAuthError(f"The lock of the cache file {self._path} cannot be made: {error.strerror}.") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _check(self, status: os.stat_result) -> None:
        if os.name != "posix":
            return
        if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise GatewayAuthError(f"Only you may have access to the cache file {self._path}: chmod 600 it, or delete it.")
