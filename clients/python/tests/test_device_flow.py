from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
import unittest
from pathlib import Path
from typing import Any

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.identity_provider import Client, IdentityProvider, OAuthError
from mlflow_gateway_auth.sources.device_flow import DeviceFlow
from mlflow_gateway_auth.sources.login_cache import LoginCache
from tests.support import Answer, LocalServer, Received

PENDING = {"error": "authorization_pending"}
SLOW_DOWN = {"error": "slow_down"}


class DeviceFlowTest(unittest.TestCase):
    def setUp(self) -> None:
        self.polls: list[dict[str, Any]] = []
        self.renewals: list[dict[str, Any]] = []
        self.tokens = 0
        self.server = LocalServer(self.answer)
        self.addCleanup(self.server.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache_file = Path(folder.name) / "cache" / "login.json"
        self.slept: list[float] = []

    def answer(self, request: Received) -> Answer:
        if request.path == "/device":
            codes = {"device_code": "dev", "user_code": "AB\x1b-CD", "verification_uri": "https://idp.example.com/device"}
            return Answer(body={**codes, "expires_in": 600, "interval": 3})
        if request.form["grant_type"] == "refresh_token":
            failure = self.renewals.pop(0) if self.renewals else None
        else:
            failure = self.polls.pop(0) if self.polls else None
        if failure is not None:
            return Answer(400, failure)
        self.tokens += 1
        return Answer(body={"access_token": f"token-{self.tokens}", "expires_in": 600, "refresh_token": f"refresh-{self.tokens}"})

    def flow(self, cached: bool = False) -> DeviceFlow:
        provider = IdentityProvider(Client("me"), token_endpoint=f"{self.server.url}/token", device_endpoint=f"{self.server.url}/device")
        cache = LoginCache(self.cache_file, "key") if cached else None
        return DeviceFlow(provider, lambda: None, {"scope": "mlflow"}, cache, self.slept.append)

    def fetch(self, flow: DeviceFlow, *, urgent: bool = True, refused: str | None = None) -> tuple[str, str]:
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            token = flow.fetch(urgent=urgent, refused=refused)
        return token.value, said.getvalue()

    def paths(self) -> list[str]:
        return [request.path for request in self.server.requests]

    def test_a_person_signs_in_after_a_question_on_standard_error(self) -> None:
        self.polls = [PENDING, SLOW_DOWN, PENDING]
        token, said = self.fetch(self.flow())
        self.assertEqual(token, "token-1")
        self.assertIn("open https://idp.example.com/device and enter the code AB-CD\n", said)
        self.assertEqual(self.slept, [3, 3, 8, 8])
        form = self.server.requests[1].form
        self.assertEqual((form["grant_type"], form["device_code"], form["client_id"]), ("urn:ietf:params:oauth:grant-type:device_code", "dev", "me"))
        self.assertEqual(self.server.requests[0].form, {"scope": "mlflow", "client_id": "me"})

    def test_a_refusal_ends_it(self) -> None:
        self.polls = [PENDING, {"error": "access_denied"}]
        with self.assertRaises(OAuthError):
            self.fetch(self.flow())

    def test_a_token_is_renewed_without_a_question(self) -> None:
        flow = self.flow()
        self.fetch(flow)
        self.assertEqual(self.fetch(flow, refused="token-1"), ("token-2", ""))
        self.assertEqual(self.server.requests[-1].form["refresh_token"], "refresh-1")

    def test_nobody_is_asked_while_the_token_is_valid(self) -> None:
        flow = self.flow()
        self.fetch(flow)
        self.renewals = [{"error": "invalid_grant"}]
        with self.assertRaises(OAuthError):
            self.fetch(flow, urgent=False, refused="token-1")
        self.assertEqual(self.paths().count("/device"), 1)

    def test_a_person_is_asked_again_when_the_session_has_ended(self) -> None:
        flow = self.flow()
        self.fetch(flow)
        self.renewals = [{"error": "invalid_grant"}]
        token, said = self.fetch(flow, refused="token-1")
        self.assertEqual(token, "token-2")
        self.assertIn("To sign in", said)

    def test_without_a_cache_file_another_process_asks_again(self) -> None:
        self.fetch(self.flow())
        self.fetch(self.flow())
        self.assertEqual(self.paths().count("/device"), 2)

    def test_a_cache_file_keeps_a_person_signed_in(self) -> None:
        self.fetch(self.flow(cached=True))
        self.assertEqual(stat.S_IMODE(self.cache_file.stat().st_mode), 0o600)
        self.assertEqual(self.fetch(self.flow(cached=True)), ("token-1", ""))
        self.assertEqual(self.fetch(self.flow(cached=True), refused="token-1"), ("token-2", ""))
        self.assertEqual(self.paths().count("/device"), 1)

    def test_a_process_uses_the_refresh_token_that_another_has_renewed(self) -> None:
        first, second = self.flow(cached=True), self.flow(cached=True)
        self.fetch(first)
        self.fetch(second)
        self.fetch(second, refused="token-1")
        self.assertEqual(self.fetch(first, refused="token-1")[0], "token-2")
        self.fetch(first, refused="token-2")
        self.assertEqual(self.server.requests[-1].form["refresh_token"], "refresh-2")

    def test_a_cache_file_that_others_may_read_is_refused(self) -> None:
        self.fetch(self.flow(cached=True))
        os.chmod(self.cache_file, 0o644)
        with self.assertRaisesRegex(GatewayAuthError, "chmod 600"):
            self.fetch(self.flow(cached=True))

    def test_a_damaged_cache_file_and_one_of_another_login_are_not_used(self) -> None:
        self.fetch(self.flow(cached=True))
        self.assertIsNone(LoginCache(self.cache_file, "other").read())
        for content in ("", "{", "[]", "{}", '{"key": "key", "expires_at": "x"}'):
            self.cache_file.write_text(content)
            self.assertIsNone(LoginCache(self.cache_file, "key").read())


if __name__ == "__main__":
    unittest.main()
