from __future__ import annotations

import os
import sys
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

import requests

from mlflow_gateway_auth.errors import ConfigurationError, GatewayAuthError
from mlflow_gateway_auth.provider import GatewayAuthProvider, auth, session
from tests.support import Answer, LocalServer

PREFIX = "MLFLOW_GATEWAY_AUTH_"


class ProviderTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "token"
        self.path.write_text("abc")
        self.gateway = LocalServer(lambda _: Answer(body={}))
        self.addCleanup(self.gateway.close)
        # MLflow is not installed here; the clients suite has the real one.
        module = types.ModuleType("mlflow")
        module.__dict__["get_tracking_uri"] = lambda: f"{self.gateway.url}/prefix"
        self.enterContext_(mock.patch.dict(sys.modules, {"mlflow": module}))
        self.enterContext_(mock.patch.dict(os.environ, {f"{PREFIX}TOKEN_FILE": str(self.path)}))

    def enterContext_(self, context: mock._patch_dict) -> None:
        context.start()
        self.addCleanup(context.stop)

    def test_the_token_goes_to_the_tracking_uri(self) -> None:
        provider = GatewayAuthProvider()
        self.assertEqual(provider.get_name(), "mlflow-gateway")
        requests.get(self.gateway.url, auth=provider.get_auth())
        self.assertEqual(self.gateway.requests[0].bearer, "abc")

    def test_all_callers_share_one_authentication_until_the_environment_changes(self) -> None:
        first = auth()
        self.assertIs(GatewayAuthProvider().get_auth(), first)
        with mock.patch.dict(os.environ, {f"{PREFIX}TENANT": "team-b"}):
            self.assertIsNot(auth(), first)
            self.assertIs(auth()._supply, first._supply)
            session().get(self.gateway.url)
        self.assertEqual(self.gateway.requests[0].headers["x-mlflow-workspace"], "team-b")

    def test_wrong_variables_raise_when_mlflow_asks_and_not_when_it_starts(self) -> None:
        with mock.patch.dict(os.environ, {f"{PREFIX}SOURCE": "x", f"{PREFIX}TYPO": "1"}):
            provider = GatewayAuthProvider()
            with self.assertRaises(ConfigurationError) as raised:
                provider.get_auth()
        self.assertEqual(len(raised.exception.problems), 2)

    def test_a_secret_file_is_read_for_each_token_and_an_empty_one_refused(self) -> None:
        secret = self.path.with_name("secret")
        variables = {"SOURCE": "client-credentials", "TOKEN_ENDPOINT": self.gateway.url, "CLIENT_ID": "c", "CLIENT_SECRET_FILE": str(secret)}
        with mock.patch.dict(os.environ, {PREFIX + name: value for name, value in variables.items()}):
            del os.environ[f"{PREFIX}TOKEN_FILE"]
            for content, problem in ((None, "cannot be read"), ("\n", "is empty"), ("hush\n", "has no token")):
                if content is not None:
                    secret.write_text(content)
                auth()._supply._not_before = 0.0
                with self.assertRaisesRegex(GatewayAuthError, problem):
                    session().get(self.gateway.url)
        self.assertEqual(self.gateway.requests[-1].form["client_secret"], "hush")


if __name__ == "__main__":
    unittest.main()
