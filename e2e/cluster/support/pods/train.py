"""
What a training script does with MLflow's client: a parameter, a metric for some steps, a text as an artifact. Prints "started" after the
first step, and the run at the end.
"""

import json
import sys
import time

import mlflow

_, experiment, steps, seconds_between = sys.argv
mlflow.set_experiment(experiment)
with mlflow.start_run() as run:
    mlflow.log_param("steps", steps)
    for step in range(int(steps)):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
        if step == 0:
            print("started", flush=True)
        time.sleep(float(seconds_between))
    mlflow.log_text("done", "result.txt")
client = mlflow.MlflowClient()
print(
    json.dumps({
        "run": run.info.run_id,
        "status": client.get_run(run.info.run_id).info.status,
        "steps": len(client.get_metric_history(run.info.run_id, "loss")),
        "artifacts": [file.path for file in client.list_artifacts(run.info.run_id)],
        "experiments": [found.name for found in client.search_experiments()],
    })
)
