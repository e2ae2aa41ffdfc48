"""Requests to an identity provider: discovery, the token endpoint and the device endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from mlflow_gateway_auth.errors import GatewayAuthError, TransientError
from mlflow_gateway_auth.origin import origin_of

_TIMEOUT_SECONDS = (5.0, 15.0)
_MAX_BYTES = 1_048_576
_TRANSIENT = frozenset([408, 429, 500, 502, 503, 504])


@dataclass(frozen=True)
class Client:
    """Who asks, and how it proves that (RFC 6749, section 2.3.1)."""

    id: str
    #: ``post`` sends id and secret in the form, ``basic`` in the header.
    authentication: str = "post"


class OAuthError(GatewayAuthError):
    """An error response of RFC 6749, section 5.2, or RFC 8628, section 3.5."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class _NoCredentials(AuthBase):
    """Without it requests would add a user and a password of ``~/.netrc``."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class IdentityProvider:
    """Asks an identity provider. It never follows a redirect: a request carries a secret."""

    def __init__(
        self,
        client: Client,
        *,
        issuer: str | None = None,
        token_endpoint: str | None = None,
        device_endpoint: str | None = None,
        allow_http: bool = False,
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._endpoints = {"token_endpoint": token_endpoint, "device_authorization_endpoint": device_endpoint}
        self._allow_http = allow_http

    def ask_token(self, form: dict[str, str], secret: str | None = None) -> dict[str, Any]:
        """Sends a request to the token endpoint, and returns the JSON object of a successful response.

        Raises ``OAuthError`` with the provider's code, ``TransientError``, or ``GatewayAuthError``.
        """
        return self._post("token_endpoint", form, secret)

    def ask_device(self, form: dict[str, str], secret: str | None = None) -> dict[str, Any]:
        """The same at the device authorization endpoint (RFC 8628, section 3.1)."""
        return self._post("device_authorization_endpoint", form, secret)

    def _post(self, endpoint: str, form: dict[str, str], secret: str | None) -> dict[str, Any]:
        url = self._find(endpoint)
        auth: AuthBase = _NoCredentials()
        if secret is not None and self._client.authentication == "basic":
            auth = HTTPBasicAuth(quote_plus(self._client.id), quote_plus(secret))
        else:
            form = {**form, "client_id": self._client.id, **({} if secret is None else {"client_secret": secret})}
        return self._send("POST", url, auth, form)

    def _find(self, endpoint: str) -> str:
        url = self._endpoints[endpoint]
        if url is None:
            self._discover()
            url = self._endpoints[endpoint]
        if url is None:
            raise GatewayAuthError(f"The discovery document of {self._issuer} has no {endpoint}.")
        return url

    def _discover(self) -> None:
        issuer = self._issuer or ""
        document = self._send("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", _NoCredentials(), None)
        if document.get("issuer") != issuer:
            raise GatewayAuthError(f"The discovery document of {issuer} is for another issuer.")
        for name, known in self._endpoints.items():
            url = document.get(name)
            if known is not None or url is None:
                continue
            origin = origin_of(url) if isinstance(url, str) else None
            if origin is None or not (origin.is_private or self._allow_http):
                raise GatewayAuthError(f"The discovery document of {issuer} has a {name} that is not https.")
            self._endpoints[name] = url

    def _send(self, method: str, url: str, auth: AuthBase, form: dict[str, str] | None) -> dict[str, Any]:
        where = f"The identity provider at {origin_of(url)}"
        try:
            with requests.request(
                method,
                url,
                data=form,
                auth=auth,
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                content = _read(response)
        except (requests.RequestException, OSError) as error:
            raise TransientError(f"{where} cannot be reached ({type(error).__name__}).") from error
        if len(content) > _MAX_BYTES:
            raise GatewayAuthError(f"{where} sent more than {_MAX_BYTES} bytes.")
        answer = _object(content)
        if status == 200:
            if answer is None:
                raise GatewayAuthError(f"{where} sent no JSON object.")
            return answer
        code = answer.get("error") if answer else None
        if isinstance(code, str):
            said = printable(code, 60)
            description = answer.get("error_description") if answer else None
            if isinstance(description, str):
                said += f": {printable(description, 300)}"
            message = f"{where} refused: {said} ({status})."
            if status in _TRANSIENT or code == "temporarily_unavailable":
                raise TransientError(message)
            raise OAuthError(code, message)
        message = f"{where} responded {status}."
        raise TransientError(message) if status in _TRANSIENT else GatewayAuthError(message)


def _read(response: requests.Response) -> bytes:
    content = b""
    # Not `response.raw`: instrumentation of requests may have read the body already.
    for chunk in response.iter_content(65_536):
        content += chunk
        if len(content) > _MAX_BYTES:
            break
    return content


def printable(text: str, limit: int) -> str:
    """The text without control characters, which could rewrite a terminal, and limited in length."""
    return "".join(one for one in text[:limit] if one.isprintable())


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
