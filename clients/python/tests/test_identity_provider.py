from __future__ import annotations

import base64
import unittest
from typing import Any, Callable
from unittest import mock

import requests

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.identity_provider import Client, IdentityProvider, OAuthError
from mlflow_gateway_auth.sources.client_credentials import ClientCredentials
from tests.support import Answer, LocalServer, Received


class IdentityProviderTest(unittest.TestCase):
    def serve(self, answer: Callable[[Received], Answer]) -> LocalServer:
        server = LocalServer(answer)
        self.addCleanup(server.close)
        return server

    def serve_discovery(self, **document: object) -> LocalServer:
        def answer(request: Received) -> Answer:
            if request.path == "/realm/.well-known/openid-configuration":
                return Answer(body={"issuer": f"{server.url}/realm", "token_endpoint": f"{server.url}/token", **document})
            return Answer(body={"access_token": "abc", "expires_in": 60})

        server = self.serve(answer)
        return server

    def test_client_credentials_by_discovery(self) -> None:
        server = self.serve_discovery()
        provider = IdentityProvider(Client("me"), issuer=f"{server.url}/realm")
        source = ClientCredentials(provider, lambda: "hush", {"scope": "mlflow"})
        self.assertEqual([source.fetch(urgent=True, refused=None).value for _ in range(2)], ["abc", "abc"])
        self.assertEqual([one.path for one in server.requests], ["/realm/.well-known/openid-configuration", "/token", "/token"])
        expected = {"grant_type": "client_credentials", "scope": "mlflow", "client_id": "me", "client_secret": "hush"}
        self.assertEqual(server.requests[1].form, expected)

    def test_basic_authentication_encodes_id_and_secret(self) -> None:
        server = self.serve(lambda _: Answer(body={"access_token": "abc"}))
        provider = IdentityProvider(Client("a:b", "basic"), token_endpoint=f"{server.url}/token")
        provider.ask_token({"grant_type": "client_credentials"}, "s/t")
        sent = server.requests[0]
        self.assertEqual(base64.b64decode(sent.headers["authorization"].split()[1]), b"a%3Ab:s%2Ft")
        self.assertEqual(sent.form, {"grant_type": "client_credentials"})

    def test_a_refusal_has_the_providers_words_without_control_characters(self) -> None:
        server = self.serve(lambda _: Answer(401, {"error": "invalid_client", "error_description": "no\x1b[2Jpe"}))
        with self.assertRaises(OAuthError) as raised:
            IdentityProvider(Client("me"), token_endpoint=server.url).ask_token({}, "hush")
        self.assertEqual(raised.exception.code, "invalid_client")
        self.assertIn("no[2Jpe", str(raised.exception))
        self.assertNotIn("hush", str(raised.exception))

    def test_a_response_that_instrumentation_has_read_is_read_again(self) -> None:
        server = self.serve(lambda _: Answer(400, {"error": "invalid_grant"}))
        send = requests.Session.send

        def read(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            response = send(session, request, **options)
            self.assertIn("invalid_grant", response.text)
            return response

        with mock.patch.object(requests.Session, "send", read), self.assertRaises(OAuthError):
            IdentityProvider(Client("me"), token_endpoint=server.url).ask_token({}, "hush")

    def test_overload_and_unreachability_are_transient(self) -> None:
        server = self.serve(lambda _: Answer(503))
        with self.assertRaises(TransientError):
            IdentityProvider(Client("me"), token_endpoint=server.url).ask_token({}, "hush")
        server.close()
        with self.assertRaises(TransientError):
            IdentityProvider(Client("me"), token_endpoint=server.url).ask_token({}, "hush")

    def test_a_redirect_is_not_followed(self) -> None:
        other = self.serve(lambda _: Answer(body={"access_token": "stolen"}))
        server = self.serve(lambda _: Answer(307, headers={"Location": other.url}))
        with self.assertRaisesRegex(GatewayAuthError, "responded 307"):
            IdentityProvider(Client("me"), token_endpoint=server.url).ask_token({}, "hush")
        self.assertEqual(other.requests, [])

    def test_discovery_of_another_issuer_is_refused(self) -> None:
        server = self.serve_discovery(issuer="https://other.example.com")
        with self.assertRaisesRegex(GatewayAuthError, "another issuer"):
            IdentityProvider(Client("me"), issuer=f"{server.url}/realm").ask_token({}, "hush")

    def test_discovery_cannot_lead_to_http(self) -> None:
        server = self.serve_discovery(token_endpoint="http://idp.example.com/token")
        with self.assertRaisesRegex(GatewayAuthError, "not https"):
            IdentityProvider(Client("me"), issuer=f"{server.url}/realm").ask_token({}, "hush")

    def test_a_response_that_is_no_json_object_or_too_large_is_refused(self) -> None:
        for body in (b"<html>", b"[]", b"", b'{"a": "' + b"x" * 2_000_000 + b'"}'):
            server = self.serve(lambda _, body=body: Answer(body=body))  # type: ignore[misc]
            with self.assertRaises(GatewayAuthError):
                IdentityProvider(Client("me"), token_endpoint=server.url).ask_token({}, "hush")


if __name__ == "__main__":
    unittest.main()
