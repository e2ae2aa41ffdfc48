"""What the client scripts share: who they are, and a log of what they sent.

Who is calling comes from MLflow's own variables (MLFLOW_TRACKING_URI, MLFLOW_TRACKING_TOKEN, MLFLOW_WORKSPACE),
and, for a gateway with authentication off, from GATEWAY_TENANT and GATEWAY_SUBJECT, which MLflow's client can
only send through a request header provider
(https://mlflow.org/docs/latest/ml/plugins/#request-header-provider).
"""

import json
import logging
import os
import sys
import traceback
import warnings

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# A failure must show at once, and each request be counted; the default repeats those with 5xx and 429 for minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
warnings.filterwarnings("ignore")
# MLflow prints links to runs; standard output is for the report alone.
REPORT = sys.stdout
sys.stdout = sys.stderr

import requests  # noqa: E402
from mlflow.tracking.request_header.abstract_request_header_provider import (  # noqa: E402
    RequestHeaderProvider,
)
from mlflow.tracking.request_header.registry import _request_header_provider_registry  # noqa: E402

logging.getLogger("mlflow").setLevel(logging.ERROR)


class TenantHeaders(RequestHeaderProvider):
    def in_context(self):
        return bool(os.environ.get("GATEWAY_TENANT"))

    def request_headers(self):
        headers = {"X-Tenant": os.environ["GATEWAY_TENANT"]}
        if os.environ.get("GATEWAY_SUBJECT"):
            headers["X-Subject"] = os.environ["GATEWAY_SUBJECT"]
        return headers


_request_header_provider_registry.register(TenantHeaders)

CALLS = []
_send = requests.Session.send


def _recorded_send(self, request, **kwargs):
    call = {"method": request.method, "path": request.path_url.split("?")[0]}
    CALLS.append(call)
    response = _send(self, request, **kwargs)
    call["status"] = response.status_code
    for refused in response.history:
        if refused.status_code == 401:
            call["repeated"] = refused.headers.get("X-Request-ID")
    if response.status_code >= 400:
        # Bounded, and only of refusals: it is what a person debugging a failed step wants to see first.
        call["answer"] = response.text[:500]
    return response


requests.Session.send = _recorded_send
