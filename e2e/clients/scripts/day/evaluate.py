"""mlflow.models.evaluate of scikit-learn models: metrics, tables and plots, also against a baseline."""

import mlflow
import pandas
from mlflow import MlflowClient
from mlflow.models import MetricThreshold, make_metric
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from day.models import X, y


def scores(result):
    return {"metrics": dict(sorted(result.metrics.items())), "artifacts": sorted(result.artifacts)}


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    frame = pandas.DataFrame(X, columns=list("abcd")).assign(target=y)
    quiet = {"log_explainer": False}
    with mlflow.start_run(run_name="evaluated") as run:
        day.ids["run_ids"].append(run.info.run_id)
        ask("evaluate.regressor", mlflow.models.evaluate, f"models:/{day.ids['model_name']}@champion", frame, targets="target", model_type="regressor", evaluator_config=quiet, show=scores)
        worst = make_metric(eval_fn=lambda predictions, targets, metrics: float((predictions - targets).abs().max()), greater_is_better=False, name="worst")
        ask("evaluate.own metric", mlflow.evaluate, day.ids["model_uri"], frame, targets="target", model_type="regressor", extra_metrics=[worst], evaluator_config=quiet, show=scores)
    ask("evaluate.regressor run", client.get_run, run.info.run_id, show=lambda got: [got.data.metrics, got.inputs, got.outputs])
    Xc, yc = make_classification(n_samples=60, n_features=4, random_state=3)
    with mlflow.start_run(run_name="classified") as run:
        day.ids["run_ids"].append(run.info.run_id)
        info = mlflow.sklearn.log_model(LogisticRegression().fit(Xc, yc), name="classifier")
        day.ids["logged_model_ids"].append(info.model_id)
        data = pandas.DataFrame(Xc, columns=list("abcd")).assign(label=yc)
        result = ask("evaluate.classifier", mlflow.models.evaluate, info.model_uri, data, targets="label", model_type="classifier", evaluator_config=quiet, show=scores)
    ask("evaluate.classifier artifacts", client.list_artifacts, run.info.run_id, show=lambda got: sorted(item.path for item in got))
    ask("evaluate.thresholds met", mlflow.validate_evaluation_results, {"accuracy_score": MetricThreshold(threshold=0.1, greater_is_better=True)}, result)
    refused("evaluate.thresholds missed", mlflow.validate_evaluation_results, {"accuracy_score": MetricThreshold(threshold=1.1, greater_is_better=True)}, result)
    refused("evaluate.missing model", mlflow.models.evaluate, "models:/no-such/1", data, targets="label", model_type="classifier")
    static = data.assign(prediction=yc)
    with mlflow.start_run(run_name="static") as run:
        day.ids["run_ids"].append(run.info.run_id)
        ask("evaluate.static", mlflow.models.evaluate, data=static, predictions="prediction", targets="label", model_type="classifier", evaluator_config=quiet, show=scores)
