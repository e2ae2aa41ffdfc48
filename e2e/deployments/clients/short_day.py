"""What any MLflow client does, in few requests, for servers where only the way to them is in question.

Works with MLflow 2 and 3. Prints one JSON report; the argument is a prefix for names.
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients", "scripts"))

import session  # noqa: F401  who is calling; before mlflow is imported
from steps import Steps, check

import mlflow
from mlflow import MlflowClient

PREFIX = sys.argv[1]
step = Steps()
client = MlflowClient()
ids = {}


@step("run")
def _():
    ids["experiment_id"] = mlflow.create_experiment(PREFIX)
    mlflow.set_experiment(PREFIX)
    with mlflow.start_run(run_name="short") as run:
        mlflow.log_metric("loss", 0.5)
        ids["run_id"] = run.info.run_id
        ids["artifact_uri"] = run.info.artifact_uri
    found = client.search_runs([ids["experiment_id"]], "metrics.loss < 1")
    check([run.info.run_id for run in found] == [ids["run_id"]], f"{len(found)} runs")


@step("artifacts")
def _():
    check(ids["artifact_uri"].startswith("mlflow-artifacts:/"), ids["artifact_uri"])
    client.log_text(ids["run_id"], "été", "deep/er/ü+&%.txt")
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(run_id=ids["run_id"], dst_path=folder)
        with open(os.path.join(path, "deep", "er", "ü+&%.txt"), encoding="utf-8") as file:
            check(file.read() == "été", "the artifact came back different")


# MLflow 2 cannot read back a trace of its own with the OpenTelemetry of today, with or without a gateway.
if not mlflow.__version__.startswith("2."):

    @step("trace")
    def _():
        with mlflow.start_span("outer") as span:
            span.set_inputs({"a": 1})
        mlflow.flush_trace_async_logging()
        trace = client.get_trace(span.trace_id)
        check([span.name for span in trace.data.spans] == ["outer"], str(trace.data.spans))


step.report(ids=ids)
