"""A few calls, with a pause of PAUSE_SECONDS in which the token expires, and the file UPLOAD_BYTES after it."""

import os
import tempfile
import time

import session  # noqa: F401, first
from steps import Steps

import mlflow
from mlflow import MlflowClient

steps = Steps()
client = MlflowClient()
run_id = None


@steps("before")
def _():
    global run_id
    experiment = mlflow.set_experiment(f"later-{os.getpid()}")
    run_id = client.create_run(experiment.experiment_id).info.run_id


time.sleep(float(os.environ["PAUSE_SECONDS"]))


@steps("upload")
def _():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.bin")
        with open(path, "wb") as file:
            file.write(os.urandom(int(os.environ["UPLOAD_BYTES"])))
        client.log_artifact(run_id, path)


@steps("after")
def _():
    client.log_param(run_id, "p", "1")
    return None


steps.report(run_id=run_id)
