"""The errors of this package. No message contains a token or a secret."""

from __future__ import annotations

from collections.abc import Sequence


class GatewayAuthError(Exception):
    """There is no usable token, and the request was not sent."""


class TransientError(GatewayAuthError):
    """The source of tokens is unreachable or overloaded; another attempt may succeed."""


class ConfigurationError(GatewayAuthError):
    """The environment variables are wrong. The message has every problem, each with the name of its variable."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("mlflow-gateway-auth is configured wrongly:\n" + "\n".join(f"- {one}" for one in self.problems))
