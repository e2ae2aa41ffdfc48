from __future__ import annotations

import json
import sys
import time
import unittest
from typing import Any

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.sources.command import Command
from mlflow_gateway_auth.token import Token
from tests.support import jwt


def run(program: str, seconds: float = 30) -> Token:
    return Command([sys.executable, "-c", program], seconds).fetch(urgent=True, refused=None)


class CommandTest(unittest.TestCase):
    def test_a_plain_token(self) -> None:
        token = jwt(600)
        self.assertEqual(run(f"print({token!r})").value, token)

    def test_a_json_object(self) -> None:
        for name in ("access_token", "accessToken", "token"):
            token = run(f"print({json.dumps({name: 'abc', 'expires_in': 60})!r})")
            self.assertEqual(token.value, "abc")
            assert token.expires_at is not None
            self.assertAlmostEqual(token.expires_at, time.time() + 60, delta=10)

    def test_output_that_is_not_one_token_is_refused(self) -> None:
        outputs: list[Any] = ["", "two words", "{", "{}", '{"token": "a", "access_token": "b"}', '{"token": 5}', "x" * 100_000]
        for output in outputs:
            with self.assertRaises(GatewayAuthError):
                run(f"print({output!r})")

    def test_a_failure_names_the_command_and_not_its_output(self) -> None:
        with self.assertRaisesRegex(GatewayAuthError, "ended with status 3") as raised:
            run("import sys; print('hush'); sys.exit(3)")
        self.assertNotIn("hush", str(raised.exception))

    def test_a_missing_program_is_an_error(self) -> None:
        with self.assertRaisesRegex(GatewayAuthError, "cannot be started"):
            Command(["/nonexistent/program"], 5).fetch(urgent=True, refused=None)

    def test_a_program_that_takes_too_long_is_ended_with_what_it_started(self) -> None:
        begun = time.monotonic()
        with self.assertRaisesRegex(TransientError, "longer than"):
            run("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(120)'])", 1.0)
        self.assertLess(time.monotonic() - begun, 60)


if __name__ == "__main__":
    unittest.main()
