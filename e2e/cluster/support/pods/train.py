"""What a training script does with MLflow's client: parameters, metrics, a text as an artifact. Prints the run."""

import json
import sys

import mlflow

mlflow.set_experiment(sys.argv[1])
with mlflow.start_run() as run:
    mlflow.log_param("epochs", 3)
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_text("done", "result.txt")
client = mlflow.MlflowClient()
finished = client.get_run(run.info.run_id)
print(
    json.dumps({
        "run": run.info.run_id,
        "status": finished.info.status,
        "metrics": finished.data.metrics,
        "artifacts": [file.path for file in client.list_artifacts(run.info.run_id)],
        "experiments": [found.name for found in client.search_experiments()],
    })
)
