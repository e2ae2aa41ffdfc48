"""What MLflow and OpenTelemetry find by entry point."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import requests

from mlflow_gateway_auth.errors import GatewayAuthError
from mlflow_gateway_auth.identity_provider import Client, IdentityProvider
from mlflow_gateway_auth.origin import Origin, origin_of
from mlflow_gateway_auth.request_auth import GatewayAuth
from mlflow_gateway_auth.settings import PREFIX, CommandSettings, FileSettings, OAuthSettings, Settings, read_settings
from mlflow_gateway_auth.sources.client_credentials import ClientCredentials
from mlflow_gateway_auth.sources.command import Command
from mlflow_gateway_auth.sources.device_flow import DeviceFlow
from mlflow_gateway_auth.sources.login_cache import LoginCache
from mlflow_gateway_auth.sources.source import TokenSource
from mlflow_gateway_auth.sources.token_file import TokenFile
from mlflow_gateway_auth.token_supply import TokenSupply

_MAX_SECRET = 16_384


class GatewayAuthProvider:
    """MLflow's request auth provider ``mlflow-gateway``, chosen by ``MLFLOW_TRACKING_AUTH``.

    MLflow uses the two methods only, so that this class needs no base class, which some version might move.
    """

    def get_name(self) -> str:
        return "mlflow-gateway"

    def get_auth(self) -> GatewayAuth:
        """MLflow calls it for every request. Raises ``ConfigurationError`` with every wrong variable."""
        return auth()


@dataclass(frozen=True)
class _Current:
    environment: dict[str, str]
    settings: Settings
    supply: TokenSupply
    auth: GatewayAuth


_lock = threading.Lock()
_current: _Current | None = None


def auth() -> GatewayAuth:
    """Returns the authentication that the environment describes, for requests (``requests.get(url, auth=auth())``).

    All callers of a process share one token. A changed environment is noticed; the token stays if its source is the same.

    Raises ``ConfigurationError`` with every wrong variable.
    """
    global _current
    environment = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    known = _current
    if known is not None and known.environment == environment:
        return known.auth
    with _lock:
        known = _current
        settings = read_settings(environment)
        if known is not None and (known.settings.source, known.settings.allow_http) == (settings.source, settings.allow_http):
            supply = known.supply
        else:
            supply = TokenSupply(_source_of(settings))
        _current = _Current(environment, settings, supply, _make_auth(settings, supply))
        return _current.auth


def session() -> requests.Session:
    """Returns a session that authenticates itself.

    It is OpenTelemetry's credential provider ``mlflow-gateway``, and the ``session`` of ``OTLPSpanExporter`` where OpenTelemetry's
    SDK is older than those.

    >>> OTLPSpanExporter(endpoint="https://mlflow.example.com/v1/traces", session=session())  # doctest: +SKIP
    """
    made = requests.Session()
    made.auth = auth()
    return made


def _make_auth(settings: Settings, supply: TokenSupply) -> GatewayAuth:
    own = settings.origin
    origin: Callable[[], Origin | None] = _tracking_origin if own is None else lambda: own
    return GatewayAuth(supply, origin, tenant=settings.tenant, allow_http=settings.allow_http)


def _source_of(settings: Settings) -> TokenSource:
    source = settings.source
    if isinstance(source, FileSettings):
        return TokenFile(source.path)
    if isinstance(source, CommandSettings):
        return Command(source.arguments, source.timeout_seconds)
    provider = IdentityProvider(
        Client(source.client_id, source.client_authentication),
        issuer=source.issuer,
        token_endpoint=source.token_endpoint,
        device_endpoint=source.device_endpoint,
        allow_http=settings.allow_http,
    )
    form = {name: value for name, value in (("scope", source.scope), ("audience", source.audience)) if value is not None}
    if not source.device:
        return ClientCredentials(provider, lambda: _secret_of(source) or "", form)
    return DeviceFlow(provider, lambda: _secret_of(source), form, _cache_of(source))


def _cache_of(source: OAuthSettings) -> LoginCache | None:
    if source.cache_file is None:
        return None
    parts = (source.issuer, source.token_endpoint, source.client_id, source.scope, source.audience)
    return LoginCache(source.cache_file, " ".join(part or "-" for part in parts))


def _secret_of(source: OAuthSettings) -> str | None:
    return source.client_secret if source.client_secret_file is None else _read_secret(source.client_secret_file)


def _read_secret(path: Path) -> str:
    try:
        with path.open("rb") as file:
            secret = file.read(_MAX_SECRET).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise GatewayAuthError(f"The file {path} of {PREFIX}CLIENT_SECRET_FILE cannot be read ({type(error).__name__}).") from error
    if not secret:
        raise GatewayAuthError(f"The file {path} of {PREFIX}CLIENT_SECRET_FILE is empty.")
    return secret


def _tracking_origin() -> Origin | None:
    # Not at the top: MLflow imports this module while it is being imported itself.
    import mlflow

    return origin_of(mlflow.get_tracking_uri())
