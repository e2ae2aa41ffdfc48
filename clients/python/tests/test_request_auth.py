from __future__ import annotations

import io
import unittest
from collections.abc import Iterator
from typing import Callable

import requests

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.origin import origin_of
from mlflow_gateway_auth.request_auth import GatewayAuth
from mlflow_gateway_auth.token import Token
from mlflow_gateway_auth.token_supply import TokenSupply
from tests.support import INVALID, Answer, LocalServer, Received


class Numbered:
    """Gives token-1, token-2 and so on, which do not expire."""

    def __init__(self) -> None:
        self.given = 0

    def fetch(self, *, urgent: bool, refused: str | None) -> Token:
        self.given += 1
        return Token(f"token-{self.given}", None, 0.0)

    def has_changed(self) -> bool:
        return False


class RequestAuthTest(unittest.TestCase):
    def setUp(self) -> None:
        self.accepted = {"token-1"}
        self.challenge = INVALID
        self.gateway = self.serve(self.answer)
        self.source = Numbered()
        self.session = requests.Session()
        self.addCleanup(self.session.close)

    def serve(self, answer: Callable[[Received], Answer]) -> LocalServer:
        server = LocalServer(answer)
        self.addCleanup(server.close)
        return server

    def answer(self, request: Received) -> Answer:
        if request.bearer in self.accepted:
            return Answer(body={"body": len(request.body)})
        return Answer(401, {"error_code": "UNAUTHENTICATED"}, dict(self.challenge))

    def auth(self, tenant: str | None = None, url: str | None = None, allow_http: bool = False) -> GatewayAuth:
        own = origin_of(url or self.gateway.url)
        return GatewayAuth(TokenSupply(self.source), lambda: own, tenant=tenant, allow_http=allow_http)

    def sent(self) -> list[str]:
        return [request.bearer for request in self.gateway.requests]

    def test_the_token_replaces_credentials_that_mlflow_has_set(self) -> None:
        self.session.get(self.gateway.url, headers={"Authorization": "Basic x"}, auth=self.auth())
        self.assertEqual(self.sent(), ["token-1"])

    def test_a_refused_token_is_replaced_and_the_request_repeated_once(self) -> None:
        self.accepted = {"token-2"}
        response = self.session.post(f"{self.gateway.url}/a", json={"x": 1}, auth=self.auth())
        self.assertEqual((response.status_code, self.sent()), (200, ["token-1", "token-2"]))
        self.assertEqual([request.body for request in self.gateway.requests], [b'{"x": 1}'] * 2)

    def test_a_second_refusal_is_the_response(self) -> None:
        self.accepted = set()
        auth = self.auth()
        self.assertEqual(self.session.get(self.gateway.url, auth=auth).status_code, 401)
        self.assertEqual(self.sent(), ["token-1", "token-2"])
        # And for a while no other token is fetched.
        self.assertEqual(self.session.get(self.gateway.url, auth=auth).status_code, 401)
        self.assertEqual(self.sent(), ["token-1", "token-2", "token-2"])

    def test_a_401_for_another_reason_is_the_response(self) -> None:
        self.accepted, self.challenge = set(), {"WWW-Authenticate": 'Bearer realm="mlflow"'}
        self.assertEqual(self.session.get(self.gateway.url, auth=self.auth()).status_code, 401)
        self.assertEqual(self.sent(), ["token-1"])

    def test_a_file_is_sent_again_from_where_it_began(self) -> None:
        self.accepted = {"token-2"}
        file = io.BytesIO(b"skipped" + b"x" * 100_000)
        file.seek(7)
        response = self.session.put(self.gateway.url, data=file, auth=self.auth())
        self.assertEqual(response.json(), {"body": 100_000})
        self.assertEqual([len(request.body) for request in self.gateway.requests], [100_000, 100_000])

    def test_a_body_that_cannot_be_sent_again_is_refused_and_the_next_request_has_a_new_token(self) -> None:
        self.accepted = {"token-2"}

        def chunks() -> Iterator[bytes]:
            yield b"abc"

        auth = self.auth()
        with self.assertLogs("mlflow_gateway_auth", "WARNING") as logged:
            self.assertEqual(self.session.post(self.gateway.url, data=chunks(), auth=auth).status_code, 401)
        self.assertIn("cannot be sent again", logged.output[0])
        self.assertEqual(self.sent(), ["token-1"])
        response = self.session.post(self.gateway.url, data=chunks(), auth=auth)
        self.assertEqual((response.json(), self.sent()), ({"body": 3}, ["token-1", "token-2"]))

    def test_another_origin_gets_no_token_and_no_tenant(self) -> None:
        storage = self.serve(lambda _: Answer())
        with self.assertLogs("mlflow_gateway_auth", "WARNING") as logged:
            auth = self.auth("team-a")
            for _ in range(3):
                self.session.put(f"{storage.url}/bucket?X-Amz-Signature=1", data=b"x", auth=auth)
        self.assertEqual(len(logged.output), 1)
        for request in storage.requests:
            self.assertFalse({"authorization", "x-mlflow-workspace"} & request.headers.keys())
        self.assertEqual(self.source.given, 0)

    def test_a_redirect_to_another_origin_gets_no_token_and_no_tenant(self) -> None:
        storage = self.serve(lambda _: Answer(body=b"file"))
        for status in (301, 302, 303, 307, 308):
            gateway = self.serve(lambda _, status=status: Answer(status, headers={"Location": f"{storage.url}/x"}))  # type: ignore[misc]
            response = self.session.get(gateway.url, auth=self.auth("team-a", gateway.url))
            self.assertEqual(response.content, b"file")
            self.assertIn("authorization", gateway.requests[0].headers)
        self.assertEqual(len(storage.requests), 5)
        for request in storage.requests:
            self.assertFalse({"authorization", "x-mlflow-workspace"} & request.headers.keys())

    def test_a_redirect_after_a_repeated_request_gets_no_token_either(self) -> None:
        storage = self.serve(lambda _: Answer(body=b"file"))

        def answer(request: Received) -> Answer:
            if request.bearer == "token-1":
                return Answer(401, headers=dict(INVALID))
            return Answer(302, headers={"Location": storage.url})

        gateway = self.serve(answer)
        self.session.get(gateway.url, auth=self.auth("team-a", gateway.url))
        self.assertFalse({"authorization", "x-mlflow-workspace"} & storage.requests[0].headers.keys())

    def test_a_redirect_within_the_origin_keeps_the_token(self) -> None:
        def answer(request: Received) -> Answer:
            return Answer(302, headers={"Location": "/b"}) if request.path == "/a" else Answer(body={})

        gateway = self.serve(answer)
        self.session.get(f"{gateway.url}/a", auth=self.auth("team-a", gateway.url))
        self.assertEqual([one.bearer for one in gateway.requests], ["token-1", "token-1"])

    def test_http_to_another_machine_is_refused_before_a_token_is_fetched(self) -> None:
        request = requests.Request("GET", "http://mlflow.example.com/api")
        request.auth = self.auth(url="http://mlflow.example.com")
        with self.assertRaisesRegex(GatewayAuthError, "ALLOW_HTTP"):
            self.session.prepare_request(request)
        self.assertEqual(self.source.given, 0)
        request.auth = self.auth(url="http://mlflow.example.com", allow_http=True)
        self.assertEqual(self.session.prepare_request(request).headers["Authorization"], "Bearer token-1")

    def test_the_tenant_is_sent_with_every_request_but_those_about_workspaces(self) -> None:
        auth = self.auth("team-a")
        for path in ("/api/2.0/mlflow/runs/search", "/v1/traces", "/api/3.0/mlflow/workspaces/team-b"):
            self.session.get(self.gateway.url + path, auth=auth)
        sent = [request.headers.get("x-mlflow-workspace") for request in self.gateway.requests]
        self.assertEqual(sent, ["team-a", "team-a", None])

    def test_two_different_tenants_are_refused(self) -> None:
        with self.assertRaisesRegex(GatewayAuthError, "different tenants"):
            self.session.get(self.gateway.url, headers={"X-MLFLOW-WORKSPACE": "team-b"}, auth=self.auth("team-a"))
        self.session.get(self.gateway.url, headers={"X-MLFLOW-WORKSPACE": "team-a"}, auth=self.auth("team-a"))
        self.assertEqual(len(self.gateway.requests), 1)


if __name__ == "__main__":
    unittest.main()
