"""What both client scripts share: who they are, a log of what they sent, and steps that are judged one by one.

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
# A refusal must show at once; the default retries 5xx and 429 for minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
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
    if response.status_code >= 400:
        # Bounded, and only of refusals: it is what a person debugging a failed step wants to see first.
        call["answer"] = response.text[:500]
    return response


requests.Session.send = _recorded_send


class Steps:
    """Runs named steps; one that fails is recorded and the rest still run, so that one report shows them all."""

    def __init__(self):
        self.results = {}
        self.failures = {}

    def __call__(self, name):
        def run(step):
            first = len(CALLS)
            try:
                self.results[name] = step()
            except Exception as error:
                self.failures[name] = {
                    "error": f"{type(error).__name__}: {error}"[:1000],
                    "code": getattr(error, "error_code", None),
                    "where": traceback.format_exc().strip().splitlines()[-3:],
                    "refused": [call for call in CALLS[first:] if call.get("status", 0) >= 400],
                }
            return step

        return run

    def report(self, **more):
        statuses = {}
        for call in CALLS:
            key = str(call.get("status", "none"))
            statuses[key] = statuses.get(key, 0) + 1
        json.dump(
            {
                "calls": len(CALLS),
                "statuses": statuses,
                "results": self.results,
                "failures": self.failures,
                **more,
            },
            REPORT,
        )
        REPORT.write("\n")
        REPORT.flush()


def check(condition, message):
    if not condition:
        raise AssertionError(message)
