"""Logs a run with MLflow's own client as its environment has it, and prints what came of it as JSON."""

import json
import sys

import mlflow
from mlflow.exceptions import MlflowException

try:
    mlflow.set_experiment(sys.argv[1])
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 0.25)
        mlflow.log_text("learned", "model.txt")
    names = [found.name for found in mlflow.search_experiments()]
    print(json.dumps({"status": mlflow.get_run(run.info.run_id).info.status, "experiments": names}))
except MlflowException as error:
    print(json.dumps({"error": str(error), "code": error.get_http_status_code()}))
