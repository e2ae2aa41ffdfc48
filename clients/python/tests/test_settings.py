from __future__ import annotations

import unittest
from pathlib import Path

from mlflow_gateway_auth.errors import ConfigurationError
from mlflow_gateway_auth.settings import CommandSettings, FileSettings, OAuthSettings, Settings, read_settings


def read(**variables: str) -> Settings:
    return read_settings({f"MLFLOW_GATEWAY_AUTH_{name}": value for name, value in variables.items()})


class SettingsTest(unittest.TestCase):
    def problems(self, **variables: str) -> str:
        with self.assertRaises(ConfigurationError) as raised:
            read(**variables)
        return "\n".join(raised.exception.problems)

    def test_without_variables_the_token_is_in_the_default_file(self) -> None:
        settings = read()
        self.assertEqual(settings.source, FileSettings(Path("/var/run/secrets/mlflow-gateway/token")))
        self.assertIsNone(settings.tenant)
        self.assertFalse(settings.allow_http)

    def test_an_empty_variable_is_not_set(self) -> None:
        self.assertEqual(read(TOKEN_FILE="", SOURCE=" "), read())

    def test_mlflows_own_variables_are_not_read(self) -> None:
        self.assertEqual(read_settings({"MLFLOW_GATEWAY_URI": "http://x", "MLFLOW_GATEWAY_CONFIG": "y"}), read())

    def test_a_command_is_split_without_a_shell(self) -> None:
        settings = read(SOURCE="command", COMMAND="az get 'a b' $HOME", COMMAND_TIMEOUT_SECONDS="5")
        self.assertEqual(settings.source, CommandSettings(("az", "get", "a b", "$HOME"), 5.0))

    def test_client_credentials(self) -> None:
        source = read(SOURCE="client-credentials", ISSUER="https://idp.example.com", CLIENT_ID="c", CLIENT_SECRET="hush").source
        assert isinstance(source, OAuthSettings)
        self.assertFalse(source.device)
        self.assertEqual((source.issuer, source.client_id, source.client_secret), ("https://idp.example.com", "c", "hush"))
        self.assertNotIn("hush", repr(source))

    def test_the_device_flow_needs_no_secret(self) -> None:
        source = read(SOURCE="device", ISSUER="https://idp.example.com", CLIENT_ID="c", CACHE_FILE="~/x").source
        assert isinstance(source, OAuthSettings)
        self.assertTrue(source.device)
        self.assertEqual(source.cache_file, Path.home() / "x")

    def test_all_problems_are_reported_together_by_name(self) -> None:
        found = self.problems(
            SOURCE="client-credentials",
            ISSUER="http://idp.example.com",
            CLIENT_AUTHENTICATION="magic",
            TOKEN_FILE="/run/token",
            TENANT="a b",
            ALLOW_HTTP="yes",
            TYPO="1",
        )
        for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_AUTHENTICATION", "TOKEN_FILE", "TENANT", "ALLOW_HTTP", "TYPO"):
            self.assertIn(f"MLFLOW_GATEWAY_AUTH_{name} ", found)
        self.assertEqual(len(found.splitlines()), 8)

    def test_an_unknown_source_is_refused(self) -> None:
        self.assertIn("SOURCE must be one of file, client-credentials, device, command", self.problems(SOURCE="vault"))

    def test_endpoints_are_needed_without_an_issuer(self) -> None:
        found = self.problems(SOURCE="device", CLIENT_ID="c", TOKEN_ENDPOINT="https://idp.example.com/token")
        self.assertIn("ISSUER or MLFLOW_GATEWAY_AUTH_TOKEN_ENDPOINT and MLFLOW_GATEWAY_AUTH_DEVICE_ENDPOINT", found)

    def test_two_secrets_are_refused(self) -> None:
        found = self.problems(
            SOURCE="client-credentials", ISSUER="https://i", CLIENT_ID="c", CLIENT_SECRET="s", CLIENT_SECRET_FILE="/s"
        )
        self.assertIn("both set", found)

    def test_http_is_allowed_on_loopback_and_by_a_variable(self) -> None:
        read(SOURCE="device", ISSUER="http://127.0.0.1:9000", CLIENT_ID="c")
        read(ORIGIN="http://mlflow.internal", ALLOW_HTTP="true")
        self.assertIn("ORIGIN must be https", self.problems(ORIGIN="http://mlflow.internal"))

    def test_a_time_limit_has_bounds(self) -> None:
        for wrong in ("0", "-1", "soon", "nan", "99999"):
            self.assertIn("COMMAND_TIMEOUT_SECONDS", self.problems(SOURCE="command", COMMAND="x", COMMAND_TIMEOUT_SECONDS=wrong))


if __name__ == "__main__":
    unittest.main()
