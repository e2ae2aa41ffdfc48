"""A day's work with MLflow's Python client of any age: what its version does not have is left out."""

from one_by_one import call, leave_uninferred

import os
import subprocess
import sys
import types

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
import sklearn.model_selection._search
import sklearn.model_selection._validation
from PIL import Image
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV

WORK = os.environ["WORK"]
# Days of several versions share a server.
ME = "py" + mlflow.__version__.replace(".", "")
X = numpy.random.default_rng(1).normal(size=(40, 4))
y = X @ [1.0, -2.0, 0.5, 0.0]
frame = pandas.DataFrame(X, columns=list("abcd"))
client = MlflowClient()


def has(*names, on=client):
    """Whether the client has these, each looked up on what the one before gave."""
    for name in names:
        if not hasattr(on, name):
            return False
        on = getattr(on, name)
    return True


def experiments():
    for name in (f"{ME}-a", f"{ME} b", f"{ME}-ü"):
        call(client.create_experiment, name, tags={"team": "red"})
    experiment = call(client.get_experiment_by_name, f"{ME}-a")
    call(client.get_experiment_by_name, f"{ME}-none")
    call(client.get_experiment, experiment.experiment_id)
    call(client.get_experiment, "424242")
    call(client.create_experiment, f"{ME}-a")
    call(client.set_experiment_tag, experiment.experiment_id, "stage", "dev")
    if has("list_experiments"):
        call(client.list_experiments)
        call(client.list_experiments, view_type=ViewType.ALL, max_results=2)
    for given in (
        {"filter_string": f"name LIKE '{ME}%'", "order_by": ["name ASC"]},
        {"filter_string": f"tags.team = 'red' AND name LIKE '{ME}%' AND name != '{ME} b'", "order_by": ["name DESC"], "max_results": 1},
        {"filter_string": f"name ILIKE '{ME.upper()}%'", "view_type": ViewType.ALL, "order_by": ["experiment_id ASC"]},
    ):
        call(client.search_experiments, **given)
    other = call(client.get_experiment_by_name, f"{ME} b").experiment_id
    call(client.rename_experiment, other, f"{ME} c")
    call(client.delete_experiment, other)
    call(client.search_experiments, view_type=ViewType.DELETED_ONLY)
    call(client.restore_experiment, other)
    call(mlflow.set_experiment, f"{ME}-a")
    return experiment.experiment_id


def runs(experiment_id):
    run = call(client.create_run, experiment_id, tags={"mlflow.runName": "first", "model": "ridge"})
    run_id = run.info.run_id
    call(client.log_param, run_id, "alpha", 0.5)
    call(client.log_metric, run_id, "rmse", 0.25, timestamp=1700000000001, step=1)
    call(client.log_metric, run_id, "rmse", 0.125, timestamp=1700000000002, step=2)
    call(client.log_metric, run_id, "odd", float("nan"), timestamp=1700000000003, step=0)
    call(client.log_metric, run_id, "odd", float("inf"), timestamp=1700000000004, step=1)
    call(client.set_tag, run_id, "stage", "dev")
    call(client.set_tag, run_id, "mlflow.note.content", "a **note**")
    call(client.delete_tag, run_id, "stage")
    call(client.delete_tag, run_id, "none")
    call(client.log_param, run_id, "alpha", 0.75)
    call(
        client.log_batch,
        run_id,
        [Metric(f"m{n}", n / 10, 1700000000000 + n, n) for n in range(300)],
        [Param(f"p {n}", str(n)) for n in range(20)],
        [RunTag("batch", "yes"), RunTag("mlflow.source.name", "day")],
    )
    call(client.log_dict, run_id, {"a": 1}, "notes/a.json")
    call(client.get_metric_history, run_id, "rmse")
    call(client.get_metric_history, run_id, "none")
    if has("update_run"):
        call(client.update_run, run_id, status="SCHEDULED")
        call(client.update_run, run_id, name="renamed")
    call(client.set_terminated, run_id, end_time=1700000000009)
    call(client.get_run, run_id)
    call(client.get_run, "0" * 32)
    with mlflow.start_run(run_name="parent") as parent:
        call(mlflow.log_params, {"depth": 3, "long": "x" * 400})
        call(mlflow.log_metrics, {"loss": 1.5, "acc": 0.5}, step=3)
        call(mlflow.set_tags, {"a": "1", "b": "two words"})
        for number in range(2):
            with mlflow.start_run(run_name=f"child {number}", nested=True):
                call(mlflow.log_metric, "loss", number)
    with mlflow.start_run(run_id=parent.info.run_id):
        call(mlflow.log_metric, "loss", 1.0, step=4)
    call(mlflow.search_runs, [experiment_id], order_by=["metrics.loss DESC", "start_time ASC"])
    for given in (
        {"filter_string": "metrics.rmse < 0.2 and params.alpha = '0.5'"},
        {"filter_string": "tags.`mlflow.parentRunId` = '%s'" % parent.info.run_id, "order_by": ["metrics.loss DESC"]},
        {"filter_string": "attributes.status = 'FINISHED' AND tags.model LIKE 'ri%'"},
        {"filter_string": "params.\"p 3\" = '3'", "max_results": 1},
        {"filter_string": "tags.mlflow.runName = 'parent'", "run_view_type": ViewType.ALL},
        {"filter_string": "run_id IN ('%s')" % run_id},
        {"filter_string": "metrics.rmse !! 2"},
    ):
        call(client.search_runs, [experiment_id], **given)
    call(client.delete_run, run_id)
    call(client.search_runs, [experiment_id], run_view_type=ViewType.DELETED_ONLY)
    call(client.restore_run, run_id)
    return parent.info.run_id


def artifacts(run_id):
    folder = os.path.join(WORK, "files")
    os.makedirs(os.path.join(folder, "deep", "er"), exist_ok=True)
    for path in ("top 5% accuracy.txt", "ünï.txt", "deep/a+b&c.csv", "deep/er/1 (a).txt", "deep/empty.bin"):
        with open(os.path.join(folder, path), "w") as file:
            file.write("" if path.endswith("bin") else path)
    call(client.log_text, run_id, "some text", "text/a.txt")
    call(client.log_dict, run_id, {"a": [1, 2]}, "dict/a.yaml")
    with open(os.path.join(WORK, "#1.txt"), "w") as file:
        file.write("one")
    call(client.log_artifact, run_id, os.path.join(WORK, "#1.txt"), "hash")
    for path in ("top 5% accuracy.txt", "ünï.txt"):
        call(client.log_artifact, run_id, os.path.join(folder, path))
    call(client.log_artifacts, run_id, folder, "folder one")
    picture = numpy.zeros((4, 4, 3), dtype=numpy.uint8)
    call(client.log_image, run_id, picture, "image.png")
    call(client.log_image, run_id, Image.fromarray(picture), "images/pil.png")
    if has("log_image") and "key" in client.log_image.__code__.co_varnames:
        for step in range(2):
            call(client.log_image, run_id, picture, key="dog", step=step, timestamp=1700000000000 + step)
        call(client.log_image, run_id, picture, key="a/cat", step=0, timestamp=1700000000000)
    call(figure, run_id)
    if has("log_table"):
        call(client.log_table, run_id, {"q": ["a", "b"], "n": [1, 2]}, "table.json")
        call(client.log_table, run_id, {"q": ["c"], "n": [3]}, "table.json")
        call(client.load_table, client.get_run(run_id).info.experiment_id, "table.json", [run_id])
    for path in (None, "folder one", "folder one/deep", "images", "none", "text/a.txt"):
        call(client.list_artifacts, run_id, path)
    fetched = os.path.join(WORK, "fetched")
    os.makedirs(fetched, exist_ok=True)
    for path in ("", "top 5% accuracy.txt", "ünï.txt", "folder one", "none.txt"):
        if has("download_artifacts"):
            call(client.download_artifacts, run_id, path, fetched)
        elif path:
            call(mlflow.artifacts.download_artifacts, run_id=run_id, artifact_path=path, dst_path=fetched)
    call(mlflow.artifacts.download_artifacts, artifact_uri=f"runs:/{run_id}/folder one/deep", dst_path=fetched)
    call(mlflow.artifacts.load_text, client.get_run(run_id).info.artifact_uri + "/text/a.txt")
    if has("artifacts", "list_artifacts", on=mlflow):
        call(mlflow.artifacts.list_artifacts, run_id=run_id, artifact_path="text")


def figure(run_id):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown, axes = pyplot.subplots()
    axes.plot([1, 2])
    client.log_figure(run_id, shown, "figures/a.png", **({"save_kwargs": {"metadata": {"Software": None}}} if "save_kwargs" in client.log_figure.__code__.co_varnames else {}))


def models():
    mlflow.sklearn.autolog(silent=True)
    leave_uninferred()
    # How long a fit took is a metric of a search.
    for timed in (sklearn.model_selection._validation, sklearn.model_selection._search):
        timed.time = types.SimpleNamespace(time=lambda: 0.0)
    with mlflow.start_run(run_name="autolog"):
        ridge = Ridge()
        call(ridge.fit, frame, y)
        call(ridge.score, frame, y)
    call(GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2).fit, frame, y)
    mlflow.sklearn.autolog(disable=True)
    named = {"name": "model"} if int(mlflow.__version__.split(".")[0]) > 2 else {"artifact_path": "model"}
    with mlflow.start_run(run_name="models") as run:
        for _ in range(2):
            call(mlflow.sklearn.log_model, LogisticRegression().fit(X, y > 0), registered_model_name=f"{ME}-model", input_example=frame[:2], await_registration_for=5, **named)
    call(mlflow.sklearn.load_model, f"runs:/{run.info.run_id}/model")
    call(mlflow.pyfunc.load_model, f"models:/{ME}-model/1")
    call(mlflow.pyfunc.load_model, f"models:/{ME}-model/latest")
    call(mlflow.pyfunc.load_model, f"models:/{ME}-model/77")
    if has("log_input", on=mlflow):
        with mlflow.start_run(run_name="data"):
            call(mlflow.log_input, mlflow.data.from_pandas(frame, source="file:///day.csv", name="day"), context="training")
    return run.info.run_id


def registry(run_id):
    call(client.create_registered_model, f"{ME} two", tags={"team": "red"}, description="the second")
    call(client.create_registered_model, f"{ME} two")
    call(client.get_registered_model, f"{ME} two")
    call(client.get_registered_model, f"{ME}-none")
    call(client.update_registered_model, f"{ME} two", "another description")
    call(client.set_registered_model_tag, f"{ME} two", "t", "1")
    call(client.delete_registered_model_tag, f"{ME} two", "t")
    if has("list_registered_models"):
        call(client.list_registered_models)
    call(client.search_registered_models, filter_string=f"name LIKE '{ME}%'", order_by=["name ASC"])
    call(client.search_registered_models, filter_string=f"name = '{ME} two'")
    for source in (f"runs:/{run_id}/model", client.get_run(run_id).info.artifact_uri + "/model", f"runs:/{run_id}/my model"):
        call(client.create_model_version, f"{ME} two", source, run_id, tags={"k": "v"}, description="made by hand")
    call(client.update_model_version, f"{ME} two", "1", "described")
    call(client.set_model_version_tag, f"{ME} two", "1", "t", "1")
    call(client.delete_model_version_tag, f"{ME} two", "1", "t")
    call(client.get_model_version, f"{ME} two", "1")
    call(client.get_model_version, f"{ME} two", "99")
    call(client.get_model_version_download_uri, f"{ME} two", "1")
    call(client.transition_model_version_stage, f"{ME} two", "1", "Production")
    call(client.transition_model_version_stage, f"{ME} two", "2", "Staging", archive_existing_versions=True)
    call(client.get_latest_versions, f"{ME} two", ["Production", "Staging"])
    call(client.get_latest_versions, f"{ME} two")
    call(client.get_model_version_stages, f"{ME} two", "1")
    call(client.search_model_versions, f"name = '{ME} two'")
    call(client.search_model_versions, f"run_id = '{run_id}'")
    if has("set_registered_model_alias"):
        call(client.set_registered_model_alias, f"{ME} two", "best", "1")
        call(client.get_model_version_by_alias, f"{ME} two", "best")
        call(client.get_model_version_by_alias, f"{ME} two", "none")
        call(mlflow.pyfunc.load_model, f"models:/{ME} two@best")
        call(client.delete_registered_model_alias, f"{ME} two", "best")
    if has("copy_model_version"):
        call(client.copy_model_version, f"models:/{ME} two/1", f"{ME} copy")
    call(client.rename_registered_model, f"{ME} two", f"{ME} 2")
    call(client.delete_model_version, f"{ME} 2", "3")
    call(client.delete_registered_model, f"{ME} 2")


def traces(experiment_id):
    if not has("trace", on=mlflow):
        return

    @mlflow.trace(name="look up", attributes={"rows": 3})
    def look_up(question):
        return [question, 1, None]

    @mlflow.trace
    def answer(question):
        return str(look_up(question))

    @mlflow.trace
    def fails(question):
        raise ValueError(question)

    for question in ("why", "wie heißt er"):
        call(answer, question)
    call(fails, "never")
    call(mlflow.search_traces, experiment_ids=[experiment_id], order_by=["timestamp ASC"])
    found = call(client.search_traces, [experiment_id], max_results=2) or []
    ids = [getattr(trace.info, "trace_id", None) or trace.info.request_id for trace in found]
    for trace_id in ids[:1]:
        call(client.get_trace, trace_id)
        call(client.set_trace_tag, trace_id, "t", "1")
        call(client.search_traces, [experiment_id], filter_string="tags.t = '1'")
        call(client.delete_trace_tag, trace_id, "t")
        if has("log_feedback", on=mlflow):
            call(mlflow.log_feedback, trace_id=trace_id, name="good", value=True, rationale="it is")
            call(mlflow.log_expectation, trace_id=trace_id, name="expected", value={"a": 1})
            call(client.get_trace, trace_id)
        if "trace_ids" in client.delete_traces.__code__.co_varnames:
            call(client.delete_traces, experiment_id, trace_ids=[trace_id])
        else:
            call(client.delete_traces, experiment_id, request_ids=[trace_id])


def prompts():
    if not has("register_prompt", on=mlflow):
        return
    of = mlflow.genai if has("genai", "register_prompt", on=mlflow) else mlflow
    call(of.register_prompt, name=f"{ME}-prompt", template="Say {{word}} in {{language}}", commit_message="first", tags={"a": "b"})
    call(of.register_prompt, name=f"{ME}-prompt", template="Tell {{word}}")
    call(of.load_prompt, f"prompts:/{ME}-prompt/1")
    call(of.load_prompt, f"{ME}-none", version=3)
    call(of.set_prompt_alias, f"{ME}-prompt", "best", 2)
    call(of.load_prompt, f"prompts:/{ME}-prompt@best")
    if has("search_prompts", on=of):
        call(of.search_prompts, filter_string=f"name LIKE '{ME}%'")


def logged_models(experiment_id):
    if not has("search_logged_models"):
        return
    model = call(mlflow.create_external_model, name="outside", params={"a": "1"}, tags={"t": "1"})
    call(client.get_logged_model, model.model_id)
    call(client.set_logged_model_tags, model.model_id, {"u": "2"})
    call(client.delete_logged_model_tag, model.model_id, "u")
    call(mlflow.log_metric, "acc", 0.5, model_id=model.model_id)
    mlflow.end_run()
    call(client.finalize_logged_model, model.model_id, "READY")
    call(client.search_logged_models, [experiment_id], filter_string="name = 'outside'")
    call(client.search_logged_models, [experiment_id], order_by=[{"field_name": "creation_timestamp", "ascending": True}])
    call(client.delete_logged_model, model.model_id)


def command_line(run_id):
    for args in (["experiments", "search"], ["runs", "describe", "--run-id", run_id], ["artifacts", "list", "--run-id", run_id], ["runs", "delete", "--run-id", run_id]):
        call(subprocess.run, [sys.executable, "-W", "ignore", "-m", "mlflow", *args], check=True, capture_output=True, text=True, timeout=60)


experiment = experiments()
run = runs(experiment)
artifacts(run)
model_run = models()
registry(model_run)
traces(experiment)
prompts()
logged_models(experiment)
if os.environ.get("WITH_COMMANDS"):
    command_line(run)
print("the day is over")
