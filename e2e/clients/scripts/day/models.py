"""Logged models: logging, parameters, tags, artifacts, search, loading, predicting."""

import tempfile

import mlflow
import pandas
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput, LoggedModelStatus
from mlflow.models import infer_signature
from sklearn.datasets import make_regression
from sklearn.linear_model import LinearRegression

from day.artifacts import tree

X, y = make_regression(n_samples=60, n_features=4, random_state=7)


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input * 2


def about(info):
    """Of a ModelInfo what says where it is; its flavours hold versions of everything installed."""
    return {name: getattr(info, name) for name in ("model_uri", "model_id", "name", "run_id", "artifact_path", "registered_model_version")}


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    experiment_id = day.ids["experiment_id"]
    fitted = LinearRegression().fit(X, y)
    with mlflow.start_run(run_name="model") as run:
        day.ids["run_ids"].append(run.info.run_id)
        day.ids["model_run_id"] = run.info.run_id
        info = ask("models.log", mlflow.sklearn.log_model, fitted, name="model", input_example=X[:2], signature=infer_signature(X, y), params={"kind": "linear"}, tags={"made": "here"}, step=1, show=about)
        ask("models.metric", mlflow.log_metric, "val", 0.5, model_id=info.model_id)
        train = mlflow.data.from_pandas(pandas.DataFrame(X), name="train")
        ask("models.metric on a dataset", mlflow.log_metric, "val", 0.25, step=2, model_id=info.model_id, dataset=train)
        pyfunc = ask("models.log pyfunc", mlflow.pyfunc.log_model, name="doubler", python_model=Doubler(), pip_requirements=["mlflow"], show=about)
    ask("models.run", client.get_run, run.info.run_id, show=lambda got: {"data": got.data, "inputs": got.inputs, "outputs": sorted(got.outputs.model_outputs, key=lambda item: -item.step)})
    day.ids |= {"model_uri": info.model_uri, "logged_model_ids": [info.model_id], "doubler_uri": pyfunc.model_uri}
    model_id = info.model_id
    ask("models.get", mlflow.get_logged_model, model_id)
    ask("models.last", mlflow.last_logged_model)
    ask("models.tags", mlflow.set_logged_model_tags, model_id, {"quality": "good", "a.b": "1", "gone": "x"})
    ask("models.untag", client.delete_logged_model_tag, model_id, "gone")
    refused("models.untag what is not there", client.delete_logged_model_tag, model_id, "gone")
    ask("models.tagged", client.get_logged_model, model_id)
    ask("models.list artifacts", client.list_logged_model_artifacts, model_id, show=lambda got: sorted(item.path for item in got))
    with tempfile.TemporaryDirectory() as folder:
        ask("models.download", mlflow.artifacts.download_artifacts, info.model_uri, dst_path=folder, show=lambda _: sorted(tree(folder)))

    bare = ask("models.create", client.create_logged_model, experiment_id, name="bare", source_run_id=run.info.run_id, tags={"quality": "bad"}, params={"p": "1"}, model_type="agent")
    day.ids["logged_model_ids"].append(bare.model_id)
    ask("models.params", client.log_model_params, bare.model_id, {"q": "2", "r": "3"})
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("weights")
        file.flush()
        ask("models.artifact", client.log_model_artifact, bare.model_id, file.name)
    ask("models.finalize", client.finalize_logged_model, bare.model_id, LoggedModelStatus.READY)
    ask("models.finalized", client.get_logged_model, bare.model_id)
    ask("models.external", mlflow.create_external_model, name="elsewhere", params={"p": "2"}, tags={"quality": "unknown"}, show=lambda got: day.ids["logged_model_ids"].append(got.model_id) or got)
    started = ask("models.initialize", mlflow.initialize_logged_model, name="by-hand", params={"p": "4"})
    day.ids["logged_model_ids"].append(started.model_id)
    ask("models.finalize fluent", mlflow.finalize_logged_model, started.model_id, "FAILED")
    with mlflow.start_run(run_name="outputs") as outputs:
        day.ids["run_ids"].append(outputs.info.run_id)
        ask("models.outputs", mlflow.log_outputs, [LoggedModelOutput(bare.model_id, step=3)])
    ask("models.outputs of the run", client.get_run, outputs.info.run_id, show=lambda got: [got.inputs, got.outputs])
    with mlflow.start_run(run_name="inputs") as inputs:
        day.ids["run_ids"].append(inputs.info.run_id)
        client.log_inputs(inputs.info.run_id, models=[mlflow.entities.LoggedModelInput(bare.model_id)])
    ask("models.inputs of the run", client.get_run, inputs.info.run_id, show=lambda got: [got.inputs, got.outputs])

    order = [{"field_name": "name", "ascending": True}]
    for name, text in {
        "all": None,
        "name": "name = 'model'",
        "tag": "tags.quality = 'good'",
        "tag in backticks": "tags.`a.b` = '1'",
        "params": "params.p = '1'",
        "metrics": "metrics.val >= 0.5",
        "status": "status = 'READY' AND name LIKE 'b%'",
        "in": "name IN ('bare', 'model')",
        "run": f"source_run_id = '{run.info.run_id}'",
        "none": "tags.quality = 'nothing'",
    }.items():
        ask(f"models.search {name}", client.search_logged_models, [experiment_id], filter_string=text, order_by=order)
    ask("models.search dataset", client.search_logged_models, [experiment_id], filter_string="metrics.val > 0", datasets=[{"dataset_name": "train"}], order_by=order)
    ask("models.search table", mlflow.search_logged_models, [experiment_id], filter_string="name = 'model'", show=lambda got: sorted(got.columns))
    page = ask("models.page 1", client.search_logged_models, [experiment_id], max_results=2, order_by=order)
    ask("models.page 2", client.search_logged_models, [experiment_id], max_results=2, order_by=order, page_token=page.token)
    refused("models.search nonsense", client.search_logged_models, [experiment_id], filter_string="colour = 'red'")
    refused("models.search or", client.search_logged_models, [experiment_id], filter_string="name = 'a' OR name = 'b'")
    refused("models.search order nonsense", client.search_logged_models, [experiment_id], order_by=[{"field_name": "colour"}])
    refused("models.get missing", client.get_logged_model, "m-" + "0" * 32)
    refused("models.tag missing", client.set_logged_model_tags, "m-" + "0" * 32, {"a": "1"})
    refused("models.metric of a missing model", client.log_metric, run.info.run_id, "val", 1.0, model_id="m-" + "0" * 32)
    refused("models.create in a missing experiment", client.create_logged_model, "987654321")
    refused("models.load missing", mlflow.pyfunc.load_model, "models:/m-" + "0" * 32)

    loaded = ask("models.load pyfunc", mlflow.pyfunc.load_model, info.model_uri, show=lambda got: [got.metadata.model_id, got.metadata.run_id, got.metadata.signature.to_dict()])
    ask("models.predict", loaded.predict, X[:3])
    native = ask("models.load sklearn", mlflow.sklearn.load_model, f"runs:/{run.info.run_id}/model", show=lambda got: got.get_params())
    ask("models.predict sklearn", native.predict, X[:3])
    doubler = ask("models.load python model", mlflow.pyfunc.load_model, pyfunc.model_uri, show=lambda got: got.metadata.model_uuid)
    ask("models.predict python model", doubler.predict, pandas.DataFrame({"a": [1, 2]}))
    ask("models.info", mlflow.models.get_model_info, info.model_uri, show=about)
    ask("models.input example", mlflow.models.Model.load(info.model_uri).load_input_example, info.model_uri)
    ask("models.requirements", mlflow.pyfunc.get_model_dependencies, pyfunc.model_uri, show=bytes_of_requirements)
    ask("models.delete", client.delete_logged_model, started.model_id)
    refused("models.get deleted", client.get_logged_model, started.model_id)


def bytes_of_requirements(path):
    with open(path) as file:
        return sorted(file.read().split())
