"""Logs metrics until three different tokens have been sent, and prints how many calls that took. An error ends it."""

import json
import os
import time

import mlflow
import requests
from mlflow_gateway_auth import auth


def token_in_use():
    """The token that a request would be sent with now."""
    request = requests.Request("GET", os.environ["MLFLOW_TRACKING_URI"] + "/version").prepare()
    return auth()(request).headers["Authorization"]


mlflow.set_experiment(os.environ["EXPERIMENT"])
tokens = set()
steps = 0
with mlflow.start_run() as run:
    while len(tokens) < 3:
        steps += 1
        mlflow.log_metric("step", steps, steps)
        tokens.add(token_in_use())
        time.sleep(0.2)
print(json.dumps({"run": run.info.run_id, "steps": steps, "tokens": len(tokens)}))
