"""Tokens that renew themselves for MLflow's Python client behind mlflow-gateway.

With ``MLFLOW_TRACKING_AUTH=mlflow-gateway`` MLflow finds this package by its entry point and no code changes. The names below are
for programs that send requests of their own.
"""

from mlflow_gateway_auth.errors import ConfigurationError, GatewayAuthError
from mlflow_gateway_auth.provider import auth, session
from mlflow_gateway_auth.request_auth import GatewayAuth

__all__ = ["ConfigurationError", "GatewayAuth", "GatewayAuthError", "auth", "session"]
