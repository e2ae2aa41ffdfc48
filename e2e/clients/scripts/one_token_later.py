"""A few calls, with a pause of PAUSE_SECONDS in which the token expires, and the file UPLOAD_BYTES after it."""

import os
import tempfile
import time

import session  # noqa: F401, first
from session import CALLS
from steps import Steps

import mlflow
from mlflow import MlflowClient
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

steps = Steps()
client = MlflowClient()
run_id = None
artifacts = None


def upload(name, size):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(os.urandom(size))
        artifacts.log_artifact(path)


@steps("before")
def _():
    global run_id, artifacts
    experiment = mlflow.set_experiment(f"later-{os.getpid()}")
    run = client.create_run(experiment.experiment_id)
    run_id = run.info.run_id
    artifacts = get_artifact_repository(run.info.artifact_uri)
    # From 3.18 on the client asks for the server's information before its first upload, and keeps it for a minute.
    upload("first.bin", 10)


def repeated():
    return [{"path": call["path"], "refused": call["repeated"]} for call in CALLS if "repeated" in call]


time.sleep(float(os.environ["PAUSE_SECONDS"]))
before = len(repeated())


@steps("upload")
def _():
    upload("file.bin", int(os.environ["UPLOAD_BYTES"]))


uploaded = len(repeated())


@steps("after")
def _():
    client.log_param(run_id, "p", "1")
    return None


again = repeated()
steps.report(run_id=run_id, repeated={"upload": again[before:uploaded], "after": again[uploaded:]})
