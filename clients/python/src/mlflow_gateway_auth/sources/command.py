"""Tokens from an external command, such as a cloud's command line or a company's own tool."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Sequence

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.token import Token, make_token

_MAX_BYTES = 65_536
_NAMES = ("access_token", "accessToken", "token")


class Command:
    """Runs a program that prints a token alone, or a JSON object with it. No shell is involved."""

    def __init__(self, arguments: Sequence[str], timeout_seconds: float) -> None:
        self._arguments = list(arguments)
        self._timeout = timeout_seconds

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        text = self._run().strip()
        if not text.startswith("{"):
            return make_token(text, "the command")
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            raise GatewayAuthError("The command printed something that begins as JSON and is not.") from None
        values = [answer[name] for name in _NAMES if name in answer]
        if len(values) != 1:
            raise GatewayAuthError(f"The command printed JSON that has not exactly one of {', '.join(_NAMES)}.")
        return make_token(values[0], "the command", answer.get("expires_in"))

    def has_changed(self) -> bool:
        return False

    def _run(self) -> str:
        name = self._arguments[0]
        try:
            # Its standard error is the user's. A group of its own, so that the time limit also ends what it has started.
            process = subprocess.Popen(
                self._arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise GatewayAuthError(f"The command {name} cannot be started: {error.strerror}.") from error
        try:
            output, _ = process.communicate(timeout=self._timeout)
        except subprocess.TimeoutExpired:
            raise TransientError(f"The command {name} took longer than {self._timeout:g} seconds.") from None
        finally:
            if process.poll() is None:
                _kill(process)
        if process.returncode != 0:
            raise GatewayAuthError(f"The command {name} ended with status {process.returncode}.")
        if len(output) > _MAX_BYTES:
            raise GatewayAuthError(f"The command {name} printed more than {_MAX_BYTES} bytes.")
        return output.decode("utf-8", "replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    else:
        process.kill()
    process.communicate()
