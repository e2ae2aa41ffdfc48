"""Adds the token to requests."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests
from requests.auth import AuthBase

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.origin import Origin, origin_of
from mlflow_gateway_auth.token_supply import TokenSupply

_logger = logging.getLogger("mlflow_gateway_auth")

WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
#: Paths that name the workspace themselves; MLflow's client sends no header to them either (utils/rest_utils.py).
_WORKSPACES = "/mlflow/workspaces"
_INVALID_TOKEN = re.compile(r"^Bearer\b.*\berror=\"?invalid_token\b", re.IGNORECASE | re.DOTALL)


class GatewayAuth(AuthBase):
    """Authenticates requests to one origin. Other requests pass unchanged.

    requests calls it once for each request, before the first byte is sent. The gateway checks a token when a request arrives, so an
    upload may take longer than its token lives.
    """

    def __init__(
        self,
        supply: TokenSupply,
        origin: Callable[[], Origin | None],
        *,
        tenant: str | None = None,
        allow_http: bool = False,
    ) -> None:
        self._supply = supply
        self._origin = origin
        self._tenant = tenant
        self._allow_http = allow_http
        self._warned: set[Origin | None] = set()
        self._warned_lock = threading.Lock()

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        own = self._origin()
        target = origin_of(request.url)
        if own is None or target != own:
            self._warn(target, own)
            return request
        if not (own.is_private or self._allow_http):
            raise GatewayAuthError(
                f"The token is not sent to {own}: http can be read on the way. Use https, or set MLFLOW_GATEWAY_AUTH_ALLOW_HTTP=true."
            )
        self._add_tenant(request)
        token = self._supply.token()
        request.headers["Authorization"] = f"Bearer {token}"
        request.hooks["response"].append(_ResponseHook(self._supply, own, request, token))
        return request

    def _add_tenant(self, request: requests.PreparedRequest) -> None:
        if self._tenant is None or _WORKSPACES in request.path_url:
            return
        chosen = request.headers.get(WORKSPACE_HEADER)
        if chosen is not None and chosen != self._tenant:
            raise GatewayAuthError(
                "MLFLOW_GATEWAY_AUTH_TENANT and MLflow's workspace (MLFLOW_WORKSPACE, mlflow.set_workspace) name different tenants. "
                "Set one of them."
            )
        request.headers[WORKSPACE_HEADER] = self._tenant

    def _warn(self, target: Origin | None, own: Origin | None) -> None:
        with self._warned_lock:
            if target in self._warned or len(self._warned) >= 100:
                return
            self._warned.add(target)
        _logger.warning(
            "No token is sent to %s: MLflow's tracking URI is %s. See MLFLOW_GATEWAY_AUTH_ORIGIN.", target, own or "not http"
        )


class _ResponseHook:
    """Sees the responses to one request: the token stays with its origin, and a refused token is replaced once."""

    def __init__(self, supply: TokenSupply, own: Origin, request: requests.PreparedRequest, token: str) -> None:
        self._supply = supply
        self._own = own
        self._request = request
        self._token = token
        self._position = _position_of(request.body)
        self._repeated = False

    def __call__(self, response: requests.Response, **options: Any) -> requests.Response:
        if response.is_redirect:
            self._leave(response)
        if response.status_code != 401 or origin_of(response.request.url) != self._own:
            return response
        if self._repeated:
            self._supply.refused_again()
            return response
        # Other reasons of a 401 do not go away with another token.
        if not _INVALID_TOKEN.search(response.headers.get("WWW-Authenticate", "")):
            return response
        token = self._supply.replace(self._token)
        if token is None:
            return response
        if not self._can_repeat(response.request.body):
            _logger.warning(
                "The gateway refused the token, and the body of the request cannot be sent again. The next request has a new token."
            )
            return response
        return self._repeat(response, token, options)

    def _leave(self, response: requests.Response) -> None:
        """requests drops ``Authorization`` for another host; this also covers another port and the tenant."""
        target = origin_of(urljoin(response.url, response.headers.get("Location", "")))
        if target == self._own:
            return
        for request in (response.request, self._request):
            request.headers.pop("Authorization", None)
            request.headers.pop(WORKSPACE_HEADER, None)

    def _can_repeat(self, body: Any) -> bool:
        if body is None or isinstance(body, (bytes, str)):
            return True
        if self._position is None:
            return False
        try:
            body.seek(self._position)
        except (OSError, ValueError):
            return False
        return True

    def _repeat(self, response: requests.Response, token: str, options: dict[str, Any]) -> requests.Response:
        self._repeated = True
        # The connection can be used again once the response is read.
        _ = response.content
        response.close()
        request = response.request.copy()
        request.headers["Authorization"] = f"Bearer {token}"
        # HTTPAdapter.build_response sets it (as requests' own digest authentication relies on).
        connection: Any = getattr(response, "connection")
        repeated: requests.Response = connection.send(request, **options)
        repeated.history.append(response)
        repeated.request = request
        return self(repeated, **options)


def _position_of(body: Any) -> int | None:
    if body is None or isinstance(body, (bytes, str)):
        return None
    try:
        position = body.tell()
    except (AttributeError, OSError):
        return None
    return position if isinstance(position, int) else None
