"""Tokens from a file that somebody else keeps fresh, such as the kubelet, an agent or a script."""

from __future__ import annotations

import os
import time
from pathlib import Path

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.token import Token, make_token

_MAX_BYTES = 65_536
#: A file may be written twice within one tick of its clock; a file that was as young when it was read is read again.
_YOUNG_SECONDS = 2.0

_Stamp = tuple[int, int, int, int]


class TokenFile:
    """Reads a file that has the token and nothing else. It is read again when it changes, a swapped symbolic link included."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: _Stamp | None = None
        self._read_at = 0.0

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        try:
            with self._path.open("rb") as file:
                stamp = _stamp_of(os.fstat(file.fileno()))
                content = file.read(_MAX_BYTES + 1)
        except OSError as error:
            raise TransientError(f"The token file {self._path} cannot be read: {error.strerror}.") from error
        if len(content) > _MAX_BYTES:
            raise GatewayAuthError(f"The token file {self._path} is larger than {_MAX_BYTES} bytes.")
        token = make_token(content.decode("utf-8", "replace").strip(), f"the file {self._path}")
        # Only now: a file that was read while it was written is read again for the next request.
        self._stamp, self._read_at = stamp, time.time()
        return token

    def has_changed(self) -> bool:
        try:
            stamp = _stamp_of(os.stat(self._path))
        except OSError:
            return False
        return stamp != self._stamp or self._read_at - stamp[1] / 1e9 < _YOUNG_SECONDS


def _stamp_of(status: os.stat_result) -> _Stamp:
    return (status.st_ino, status.st_mtime_ns, status.st_size, status.st_dev)
