"""
A pytest plugin for a checkout of MLflow: the servers that MLflow's own tests start get a gateway in front of them.

The tests' files are not changed. Their helpers `ServerThread` and `_init_server` give the gateway's address, and every HTTP
request to such an address carries the tenant's header. Without SUITES_GATEWAY nothing is put in front.

SUITES_GATEWAY   the gateway's command, as a JSON list
SUITES_STRATEGY  tags | workspaces; workspaces also turns workspaces on in the tests' servers
SUITES_TENANT    the tenant that the tests' requests are of
SUITES_PLATFORM  {"env": ..., "token": ...}: the gateway's configuration and the token for tests that take the role platform-admin
SUITES_RESULTS   a file: one JSON line for each test
"""

import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest
import requests

COMMAND = json.loads(os.environ.get("SUITES_GATEWAY", "null"))
STRATEGY = os.environ["SUITES_STRATEGY"]
TENANT = os.environ["SUITES_TENANT"]
PLATFORM = json.loads(os.environ.get("SUITES_PLATFORM", "null"))
RESULTS = os.environ["SUITES_RESULTS"]
START_SECONDS = 30
# Tests with these set up MLflow's AI gateway, which all tenants share: the role platform-admin's.
PLATFORM_FIXTURES = {"mlflow_client_with_secrets"}
# What requests to each gateway carry.
gateways: dict[str, tuple[str, str]] = {}
platform = False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_ready(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.03)
    raise RuntimeError(f"the gateway did not start: {log.read_text()[-2000:]}")


class Front:
    """One gateway in front of one MLflow."""

    def __init__(self, target: str):
        self.dir = Path(tempfile.mkdtemp(prefix="suites-"))
        self.url = f"http://127.0.0.1:{free_port()}"
        log = self.dir / "gateway.log"
        configured = re.compile(r"^(GW_|MLFLOW_|NODE_OPTIONS$)")
        env = {name: value for name, value in os.environ.items() if not configured.match(name)}
        env |= {
            "GW_TARGET_BASE_URL": target,
            **(PLATFORM["env"] if platform else {"GW_AUTH_MODE": "off"}),
            "GW_TENANCY": STRATEGY,
            "GW_LISTEN_HOST": "127.0.0.1",
            "GW_LISTEN_PORT": self.url.rsplit(":", 1)[1],
            "GW_AUDIT_FILE": str(self.dir / "audit.jsonl"),
        }
        with log.open("w") as out:
            self.process = subprocess.Popen([*COMMAND, "serve"], env=env, stdout=out, stderr=out)
        try:
            await_ready(self.url, self.process, log)
        except BaseException:
            self.stop()
            raise
        identity = ("Authorization", f"Bearer {PLATFORM['token']}") if platform else ("X-Tenant", TENANT)
        gateways[self.url] = identity

    def stop(self) -> None:
        gateways.pop(self.url, None)
        self.process.kill()
        self.process.wait()


def put_in_front() -> None:
    from tests.tracking import integration_test_utils as utils

    start = utils._init_server

    @contextlib.contextmanager
    def start_with_gateway(*values, **named):
        with start(*values, **named) as target:
            front = Front(target)
            try:
                yield front.url
            finally:
                front.stop()

    # Before the tests' modules are read, which take the name.
    utils._init_server = start_with_gateway

    ServerThread = utils.ServerThread
    enter, leave = ServerThread.__enter__, ServerThread.__exit__

    def enter_with_gateway(self):
        target = enter(self)
        self.front = Front(target)
        return self.front.url

    def leave_with_gateway(self, *error):
        self.front.stop()
        return leave(self, *error)

    ServerThread.__enter__, ServerThread.__exit__ = enter_with_gateway, leave_with_gateway

    send = requests.Session.send

    def send_as_tenant(self, request, **rest):
        for gateway, (name, value) in gateways.items():
            if request.url.startswith(f"{gateway}/"):
                request.headers.setdefault(name, value)
        return send(self, request, **rest)

    requests.Session.send = send_as_tenant


def turn_workspaces_on() -> None:
    from mlflow.server import handlers

    initialize = handlers.initialize_backend_stores

    def with_workspaces(*values, **named):
        # MLflow's conftest takes the variable away before and after each test.
        os.environ["MLFLOW_ENABLE_WORKSPACES"] = "true"
        os.environ["MLFLOW_WORKSPACE_STORE_URI"] = values[0] if values else named["backend_store_uri"]
        return initialize(*values, **named)

    handlers.initialize_backend_stores = with_workspaces


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session):
    if STRATEGY == "workspaces":
        turn_workspaces_on()
    if COMMAND:
        put_in_front()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    global platform
    platform = PLATFORM is not None and bool(PLATFORM_FIXTURES & set(item.fixturenames))


def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        crash = getattr(report.longrepr, "reprcrash", None)
        message = crash.message if crash else str(report.longrepr or "")
        line = {"test": report.nodeid, "when": report.when, "outcome": report.outcome, "message": message[:2000]}
        with open(RESULTS, "a") as out:
            out.write(json.dumps(line) + "\n")
