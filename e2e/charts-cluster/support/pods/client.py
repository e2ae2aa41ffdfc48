"""Works as two teams with MLflow's own client, and prints what each of them saw.

argv[1] is JSON: {"uri": ..., "token_a": ..., "token_b": ..., "name": ..., "artifact": true}.
"""

import json
import os
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

task = json.loads(sys.argv[1])
seen = {}


def become(token):
    os.environ["MLFLOW_TRACKING_TOKEN"] = token
    return MlflowClient(tracking_uri=task["uri"])


mlflow.set_tracking_uri(task["uri"])
client = become(task["token_a"])
experiment = client.create_experiment(task["name"])
with mlflow.start_run(experiment_id=experiment) as run:
    mlflow.log_param("alpha", "0.5")
    mlflow.log_metric("loss", 0.25)
    if task["artifact"]:
        mlflow.log_text("learned", "model.txt")
run_id = run.info.run_id

read = client.get_run(run_id)
seen["a"] = {"status": read.info.status, "params": read.data.params, "metrics": read.data.metrics}
if task["artifact"]:
    with tempfile.TemporaryDirectory() as folder:
        with open(client.download_artifacts(run_id, "model.txt", folder)) as file:
            seen["a"]["artifact"] = file.read()

client = become(task["token_b"])
seen["b"] = {"experiments": [found.name for found in client.search_experiments()]}
for what, ask in {
    "run": lambda: client.get_run(run_id).info.status,
    "experiment": lambda: client.get_experiment(experiment).name,
    "runs": lambda: len(client.search_runs([experiment])),
    "artifacts": lambda: [file.path for file in client.list_artifacts(run_id)],
}.items():
    try:
        seen["b"][what] = ask()
    except MlflowException as error:
        seen["b"][what] = f"refused: {error.error_code}"

print(json.dumps(seen))
