"""Autologging of scikit-learn: a fit, a grid search with child runs, metrics computed after training."""

import mlflow
import pandas
from mlflow import MlflowClient
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from day.models import X, y


def logged(run):
    """A run with what autologging put into it; the texts of signatures and histories name everything installed."""
    tags = {key: value for key, value in run.data.tags.items() if key != "mlflow.log-model.history"}
    return {"info": run.info, "params": run.data.params, "metrics": run.data.metrics, "tags": tags, "inputs": run.inputs, "outputs": run.outputs}


def paths(client, run_id, path=None):
    found = []
    for item in client.list_artifacts(run_id, path):
        found += paths(client, run_id, item.path) if item.is_dir else [item.path]
    return sorted(found)


def work(day):
    client = MlflowClient()
    ask = day.ask
    frame = pandas.DataFrame(X, columns=list("abcd"))
    mlflow.sklearn.autolog(log_input_examples=True, silent=True)
    try:
        with mlflow.start_run(run_name="autolog") as run:
            day.ids["run_ids"].append(run.info.run_id)
            forest = RandomForestRegressor(n_estimators=4, random_state=1)
            ask("sklearn.fit", forest.fit, frame, y, show=lambda got: got.get_params())
            ask("sklearn.score", forest.score, frame, y)
            ask("sklearn.metric", mean_absolute_error, y, forest.predict(frame))
        ask("sklearn.run", client.get_run, run.info.run_id, show=logged)
        ask("sklearn.artifacts", paths, client, run.info.run_id)
        model_id = client.get_run(run.info.run_id).outputs.model_outputs[0].model_id
        day.ids["logged_model_ids"].append(model_id)
        ask("sklearn.model", client.get_logged_model, model_id)
        ask("sklearn.load", lambda: mlflow.pyfunc.load_model(f"models:/{model_id}").predict(frame[:3]))
        with mlflow.start_run(run_name="grid") as run:
            day.ids["run_ids"].append(run.info.run_id)
            ask("sklearn.grid search", GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit, frame, y, show=lambda got: got.best_params_)
        ask("sklearn.grid run", client.get_run, run.info.run_id, show=logged)
        ask("sklearn.grid children", client.search_runs, [day.ids["experiment_id"]], f"tags.mlflow.parentRunId = '{run.info.run_id}'", order_by=["params.alpha ASC"], show=lambda got: [[item.data.params, sorted(item.data.metrics)] for item in got])
        ask("sklearn.pipeline without a run", make_pipeline(StandardScaler(), LogisticRegression()).fit, frame, y > 0, show=lambda got: [name for name, _ in got.steps])
        ask("sklearn.pipeline run", mlflow.last_active_run, show=lambda got: [got.data.params, sorted(got.data.metrics)])
        day.ids["run_ids"].append(mlflow.last_active_run().info.run_id)
    finally:
        mlflow.sklearn.autolog(disable=True)
