"""The environment variables, read into one object. All problems are reported together."""

from __future__ import annotations

import math
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlflow_gateway_auth.errors import ConfigurationError
from mlflow_gateway_auth.origin import Origin, origin_of

#: MLflow itself owns names that begin with MLFLOW_GATEWAY_, for its AI gateway.
PREFIX = "MLFLOW_GATEWAY_AUTH_"
DEFAULT_TOKEN_FILE = "/var/run/secrets/mlflow-gateway/token"
DEFAULT_COMMAND_SECONDS = 30.0

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
_IDP = frozenset(["ISSUER", "TOKEN_ENDPOINT", "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "CLIENT_AUTHENTICATION", "SCOPE", "AUDIENCE"])
_COMMON = frozenset(["SOURCE", "TENANT", "ORIGIN", "ALLOW_HTTP"])
#: The variables of each source.
_VARIABLES: Mapping[str, frozenset[str]] = {
    "file": frozenset(["TOKEN_FILE"]),
    "client-credentials": _IDP,
    "device": _IDP | {"DEVICE_ENDPOINT", "CACHE_FILE"},
    "command": frozenset(["COMMAND", "COMMAND_TIMEOUT_SECONDS"]),
}
_KNOWN = _COMMON.union(*_VARIABLES.values())


@dataclass(frozen=True)
class FileSettings:
    path: Path


@dataclass(frozen=True)
class CommandSettings:
    arguments: tuple[str, ...]
    timeout_seconds: float


@dataclass(frozen=True)
class OAuthSettings:
    """Client credentials, and the device flow with ``device`` true."""

    device: bool
    issuer: str | None
    token_endpoint: str | None
    device_endpoint: str | None
    client_id: str
    client_secret: str | None = field(repr=False)
    client_secret_file: Path | None
    client_authentication: str
    scope: str | None
    audience: str | None
    cache_file: Path | None


@dataclass(frozen=True)
class Settings:
    source: FileSettings | CommandSettings | OAuthSettings
    tenant: str | None
    #: ``None``: the origin of MLflow's tracking URI.
    origin: Origin | None
    allow_http: bool


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Reads the variables that begin with ``MLFLOW_GATEWAY_AUTH_``. An empty variable counts as not set.

    Raises ``ConfigurationError`` with every problem.

    >>> read_settings({"MLFLOW_GATEWAY_AUTH_TOKEN_FILE": "/run/token"}).source
    FileSettings(path=PosixPath('/run/token'))
    """
    return _Reader(os.environ if environment is None else environment).read()


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._values = {
            name[len(PREFIX) :]: value.strip()
            for name, value in environment.items()
            if name.startswith(PREFIX) and value.strip()
        }
        self._problems: list[str] = []

    def read(self) -> Settings:
        allow_http = self._boolean("ALLOW_HTTP")
        source = self._source(allow_http)
        settings = (source, self._tenant(), self._own_origin(allow_http), allow_http)
        if self._problems or source is None:
            raise ConfigurationError(self._problems)
        return Settings(source, *settings[1:])

    def _source(self, allow_http: bool) -> FileSettings | CommandSettings | OAuthSettings | None:
        unknown = sorted(self._values.keys() - _KNOWN)
        self._problems += [f"{PREFIX}{name} is no variable of this package." for name in unknown]
        name = self._values.get("SOURCE", "file")
        if name not in _VARIABLES:
            self._problem("SOURCE", f"must be one of {', '.join(_VARIABLES)}.")
            return None
        for other in sorted((self._values.keys() & _KNOWN) - _COMMON - _VARIABLES[name]):
            self._problem(other, f"has no effect with {PREFIX}SOURCE={name}. Remove it, or set another source.")
        if name == "file":
            return FileSettings(self._path("TOKEN_FILE") or Path(DEFAULT_TOKEN_FILE))
        if name == "command":
            return self._command()
        return self._oauth(name == "device", allow_http)

    def _command(self) -> CommandSettings | None:
        text = self._require("COMMAND")
        seconds = self._seconds("COMMAND_TIMEOUT_SECONDS", DEFAULT_COMMAND_SECONDS)
        try:
            arguments = tuple(shlex.split(text or ""))
        except ValueError as error:
            self._problem("COMMAND", f"cannot be split into words: {error}.")
            return None
        return CommandSettings(arguments, seconds) if arguments else None

    def _oauth(self, device: bool, allow_http: bool) -> OAuthSettings | None:
        issuer = self._endpoint("ISSUER", allow_http)
        token_endpoint = self._endpoint("TOKEN_ENDPOINT", allow_http)
        device_endpoint = self._endpoint("DEVICE_ENDPOINT", allow_http) if device else None
        if issuer is None and "ISSUER" not in self._values:
            needed = ["TOKEN_ENDPOINT", "DEVICE_ENDPOINT"] if device else ["TOKEN_ENDPOINT"]
            if any(name not in self._values for name in needed):
                names = " and ".join(PREFIX + name for name in needed)
                self._problems.append(f"{PREFIX}ISSUER or {names} must be set.")
        client_id = self._require("CLIENT_ID")
        secret, secret_file = self._values.get("CLIENT_SECRET"), self._path("CLIENT_SECRET_FILE")
        if secret is not None and secret_file is not None:
            self._problem("CLIENT_SECRET", f"and {PREFIX}CLIENT_SECRET_FILE are both set. Set one.")
        if not device and secret is None and secret_file is None:
            self._problem("CLIENT_SECRET", f"or {PREFIX}CLIENT_SECRET_FILE must be set.")
        authentication = self._values.get("CLIENT_AUTHENTICATION", "post")
        if authentication not in ("post", "basic"):
            self._problem("CLIENT_AUTHENTICATION", "must be post or basic.")
        if client_id is None:
            return None
        return OAuthSettings(
            device=device,
            issuer=issuer,
            token_endpoint=token_endpoint,
            device_endpoint=device_endpoint,
            client_id=client_id,
            client_secret=secret,
            client_secret_file=secret_file,
            client_authentication=authentication,
            scope=self._values.get("SCOPE"),
            audience=self._values.get("AUDIENCE"),
            cache_file=self._path("CACHE_FILE"),
        )

    def _tenant(self) -> str | None:
        tenant = self._values.get("TENANT")
        if tenant is not None and not _TENANT.fullmatch(tenant):
            self._problem("TENANT", "must be the name of a tenant: letters, digits, dots, dashes and underscores.")
        return tenant

    def _own_origin(self, allow_http: bool) -> Origin | None:
        return origin_of(self._endpoint("ORIGIN", allow_http))

    def _endpoint(self, name: str, allow_http: bool) -> str | None:
        url = self._values.get(name)
        if url is None:
            return None
        origin = origin_of(url)
        if origin is None:
            self._problem(name, "must be an http or https URL.")
            return None
        if not (origin.is_private or allow_http):
            self._problem(name, f"must be https: http can be read on the way. Or set {PREFIX}ALLOW_HTTP=true.")
        return url

    def _boolean(self, name: str) -> bool:
        value = self._values.get(name, "false").lower()
        if value not in ("true", "false"):
            self._problem(name, "must be true or false.")
        return value == "true"

    def _seconds(self, name: str, default: float) -> float:
        try:
            seconds = float(self._values.get(name, default))
        except ValueError:
            seconds = math.nan
        if not 0 < seconds <= 3600:
            self._problem(name, "must be a number of seconds, more than 0 and at most 3600.")
        return seconds

    def _path(self, name: str) -> Path | None:
        value = self._values.get(name)
        return None if value is None else Path(value).expanduser()

    def _require(self, name: str) -> str | None:
        value = self._values.get(name)
        if value is None:
            self._problem(name, "must be set.")
        return value

    def _problem(self, name: str, sentence: str) -> None:
        self._problems.append(f"{PREFIX}{name} {sentence}")
