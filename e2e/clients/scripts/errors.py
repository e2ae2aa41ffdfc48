"""What goes wrong, as a program sees it that uses MLflow's client: refusals, a token that changes, outages, timeouts.

The argument says which; the test that runs this stops and starts MLflow meanwhile, and the two tell each other where
they are by files in the folder that is the second argument. Prints one JSON report: `steps` as of a day.
"""

import json
import os
import pathlib
import sys
import time

from session import CALLS, REPORT

from mlflow import MlflowClient

from day.day import Day

SCENARIO, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
TOKENS = json.loads(os.environ["GATEWAY_TOKENS"])
day = Day()
client = MlflowClient()


def be(who):
    """MLflow's client reads the variable for each request."""
    if TOKENS[who] is None:
        os.environ.pop("MLFLOW_TRACKING_TOKEN", None)
    else:
        os.environ["MLFLOW_TRACKING_TOKEN"] = TOKENS[who]


def set_policy(retries, timeout=120):
    """How often and how long the client tries: 2 s before the third try, doubled each time, without jitter; or what the answer
    says in Retry-After.
    """
    os.environ |= {
        # MLflow's own limit is 10.
        "_MLFLOW_HTTP_REQUEST_MAX_RETRIES_LIMIT": "60",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": str(retries),
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
        "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(timeout),
    }


def tell(what):
    """Says where this is, and waits until the test has seen to it."""
    (FOLDER / f"{what}.reached").touch()
    deadline = time.monotonic() + 120
    while not (FOLDER / f"{what}.done").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no reaction to {what}")
        time.sleep(0.05)


def refusals():
    set_policy(0)
    be("admin")
    experiment_id = client.create_experiment("errors")
    run_id = client.create_run(experiment_id).info.run_id
    be("viewer")
    day.attempt("viewer creates", client.create_experiment, "not-mine")
    day.attempt("viewer logs", client.log_metric, run_id, "a", 1.0)
    day.attempt("viewer uploads", client.log_text, run_id, "x", "x.txt")
    day.ask("viewer reads", client.get_run, run_id, show=lambda got: got.info.lifecycle_stage)
    be("other")
    day.attempt("another tenant's run", client.get_run, run_id)
    day.attempt("a run that is missing", client.get_run, "0" * 32)
    day.attempt("artifacts of another tenant's run", client.list_artifacts, run_id)
    day.attempt("artifacts of a run that is missing", client.list_artifacts, "0" * 32)
    for who in ("nobody", "invalid", "expired", "foreign"):
        be(who)
        day.attempt(f"token {who}", client.get_run, run_id)
    be("invalid")
    day.attempt("upload with a bad token", client.log_text, run_id, "x", "x.txt")
    be("admin")
    day.ask("token renewed", client.get_run, run_id, show=lambda got: got.info.lifecycle_stage)
    # Basic instead of the token, whatever that is.
    os.environ |= {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "secret"}
    day.attempt("user and password beside the token", client.get_run, run_id)
    del os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"]
    credentials = pathlib.Path.home() / ".mlflow" / "credentials"
    credentials.parent.mkdir()
    credentials.write_text("[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = secret\n")
    day.attempt("credentials in a file beside the token", client.get_run, run_id)
    credentials.unlink()


def outages():
    be("admin")
    set_policy(0)
    day.attempt("not started, no retries", client.create_experiment, "early")
    set_policy(1)
    day.attempt("not started, one retry", client.create_experiment, "early")
    # The gateway has not seen MLflow yet and asks for 2 s between tries; on a busy machine MLflow starts within a minute.
    set_policy(60)
    tell("start")
    # From 3.18 on, the client does not repeat a request that creates something after a 502 or 503.
    day.ask("not started, many retries", client.search_experiments, show=lambda got: "found")
    run_id = client.create_run(client.create_experiment("early")).info.run_id

    set_policy(0)
    tell("stop")
    day.attempt("stopped, no retries", client.get_run, run_id)
    day.attempt("stopped, no retries, artifacts", client.log_text, run_id, "x", "x.txt")
    set_policy(9)
    tell("start again")
    day.ask("stopped, many retries", client.log_param, run_id, "p", "1", show=lambda got: "logged")
    day.ask("stopped, many retries, artifacts", client.log_text, run_id, "x", "x.txt", show=lambda got: "logged")
    day.ask("after the outage", client.get_run, run_id, show=lambda got: got.data.params)

    set_policy(0, timeout=1)
    tell("pause")
    day.attempt("paused, the client's timeout", client.get_run, run_id)
    set_policy(0)
    day.attempt("paused, the gateway's timeout", client.get_run, run_id)
    set_policy(9)
    tell("resume")
    day.ask("paused, many retries", client.get_run, run_id, show=lambda got: got.data.params)


def upload():
    """Is killed by the test while it is sending."""
    be("admin")
    set_policy(0)
    run = client.create_run(client.create_experiment("uploads"))
    (FOLDER / "run").write_text(run.info.run_id)
    large = FOLDER / "large.bin"
    with open(large, "wb") as file:
        file.truncate(8 * 1024**3)
    (FOLDER / "sending.reached").touch()
    client.log_artifact(run.info.run_id, str(large))


{"refusals": refusals, "outages": outages, "upload": upload}[SCENARIO]()
json.dump({"calls": len(CALLS), "steps": day.steps}, REPORT)
REPORT.flush()
