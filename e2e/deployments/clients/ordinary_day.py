"""A data scientist's day with MLflow's own Python client. Prints one JSON report.

Ordinary work only, nothing that knows of the gateway: whatever of this fails through it would have failed for a
user. The argument, if any, is a prefix for names, so that two runs against one server do not meet.
"""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients", "scripts"))

import session  # noqa: F401  who is calling; before mlflow is imported
from steps import Steps, check

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from sklearn.datasets import make_regression
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression

PREFIX = sys.argv[1] if len(sys.argv) > 1 else "day"
EXPERIMENT = f"{PREFIX}-experiment"
MODEL = f"{PREFIX}-model"
PROMPT = f"{PREFIX}-prompt"
LARGE = 5 * 1024 * 1024

step = Steps()
client = MlflowClient()
ids = {
    "experiment_name": EXPERIMENT,
    "model_name": MODEL,
    "prompt_name": PROMPT,
    "run_ids": [],
    "trace_ids": [],
    "logged_model_ids": [],
}
X, y = make_regression(n_samples=60, n_features=4, random_state=7)


@step("create_experiment")
def _():
    ids["experiment_id"] = mlflow.create_experiment(EXPERIMENT, tags={"purpose": "e2e"})
    mlflow.set_experiment(EXPERIMENT)
    experiment = client.get_experiment(ids["experiment_id"])
    check(experiment.name == EXPERIMENT and experiment.tags["purpose"] == "e2e", f"got back {experiment}")
    ids["artifact_location"] = experiment.artifact_location
    check(client.get_experiment_by_name(EXPERIMENT).experiment_id == ids["experiment_id"], "by name")
    client.set_experiment_tag(ids["experiment_id"], "owner", "alice")
    return ids["experiment_id"]


@step("log_run")
def _():
    with mlflow.start_run(run_name="first", tags={"stage": "dev"}, description="the first run") as run:
        ids["run_id"] = run.info.run_id
        ids["run_ids"].append(run.info.run_id)
        ids["artifact_uri"] = run.info.artifact_uri
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({f"p{i}": i for i in range(20)})
        for epoch in range(3):
            mlflow.log_metric("loss", 1.0 / (epoch + 1), step=epoch)
        mlflow.log_metrics({"rmse": 0.25, "r2": 0.9}, step=3)
        mlflow.set_tag("reviewed", "no")
        mlflow.set_tags({"a": "1", "b": "ünï cødé, 'quoted' and \"double\""})
    now = int(time.time() * 1000)
    client.log_batch(
        ids["run_id"],
        metrics=[Metric("batch", float(i), now + i, i) for i in range(500)],
        params=[Param("batched", "yes")],
        tags=[RunTag("batched", "yes")],
    )
    client.delete_tag(ids["run_id"], "a")
    run = client.get_run(ids["run_id"])
    check(run.info.status == "FINISHED", run.info.status)
    check(run.data.params["p7"] == "7" and run.data.params["batched"] == "yes", str(run.data.params))
    check(run.data.tags["b"].startswith("ünï") and "a" not in run.data.tags, str(run.data.tags))
    history = client.get_metric_history(ids["run_id"], "batch")
    check(len(history) == 500, f"{len(history)} of 500 metrics")
    return {"params": len(run.data.params), "metrics": len(history)}


@step("update_run")
def _():
    client.update_run(ids["run_id"], name="renamed")
    check(client.get_run(ids["run_id"]).info.run_name == "renamed", "run name")


@step("artifacts")
def _():
    with tempfile.TemporaryDirectory() as folder:
        large = os.path.join(folder, "large.bin")
        payload = os.urandom(LARGE)
        with open(large, "wb") as file:
            file.write(payload)
        small = os.path.join(folder, "notes with space.txt")
        with open(small, "w") as file:
            file.write("hello")
        client.log_artifact(ids["run_id"], small, artifact_path="notes")
        client.log_artifact(ids["run_id"], large)
        client.log_dict(ids["run_id"], {"a": [1, 2]}, "config.json")
        client.log_text(ids["run_id"], "été", "deep/er/ü+&%.txt")
        listed = sorted(entry.path for entry in client.list_artifacts(ids["run_id"]))
        check({"notes", "large.bin", "config.json", "deep"} <= set(listed), f"listed {listed}")
        inner = [entry.path for entry in client.list_artifacts(ids["run_id"], "notes")]
        check(inner == ["notes/notes with space.txt"], f"listed {inner}")
    with tempfile.TemporaryDirectory() as folder:
        fetched = mlflow.artifacts.download_artifacts(
            run_id=ids["run_id"], artifact_path="large.bin", dst_path=folder
        )
        with open(fetched, "rb") as file:
            check(file.read() == payload, "the 5 MB artifact came back different")
        everything = mlflow.artifacts.download_artifacts(run_id=ids["run_id"], dst_path=folder)
        with open(os.path.join(everything, "notes", "notes with space.txt")) as file:
            check(file.read() == "hello", "small artifact")
    check(mlflow.artifacts.load_dict(f"runs:/{ids['run_id']}/config.json") == {"a": [1, 2]}, "load_dict")
    text = mlflow.artifacts.load_text(f"{ids['artifact_uri']}/deep/er/ü+&%.txt")
    check(text == "été", f"load_text gave {text!r}")
    return {"large_bytes": LARGE, "listed": listed}


@step("nested_runs")
def _():
    with mlflow.start_run(run_name="parent") as parent:
        ids["run_ids"].append(parent.info.run_id)
        for depth in (2, 3):
            with mlflow.start_run(run_name=f"child-{depth}", nested=True) as child:
                ids["run_ids"].append(child.info.run_id)
                mlflow.log_param("depth", depth)
                mlflow.log_metric("score", depth / 10)
    children = client.search_runs(
        [ids["experiment_id"]], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.score DESC"]
    )
    check([run.data.params["depth"] for run in children] == ["3", "2"], f"{len(children)} children")
    check(client.get_parent_run(children[0].info.run_id).info.run_id == parent.info.run_id, "parent")
    return len(children)


@step("dataset_input")
def _():
    frame = pd.DataFrame(X, columns=list("abcd"))
    with mlflow.start_run(run_name="with-data") as run:
        ids["run_ids"].append(run.info.run_id)
        mlflow.log_input(mlflow.data.from_pandas(frame, name="train"), context="training")
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    check([entry.dataset.name for entry in inputs] == ["train"], str(inputs))


@step("sklearn_autolog")
def _():
    mlflow.sklearn.autolog(log_input_examples=True, silent=True)
    try:
        with mlflow.start_run(run_name="autolog") as run:
            ids["run_ids"].append(run.info.run_id)
            RandomForestRegressor(n_estimators=4, random_state=1).fit(X, y)
    finally:
        mlflow.sklearn.autolog(disable=True)
    logged = client.get_run(run.info.run_id)
    check(logged.data.params["n_estimators"] == "4", str(logged.data.params))
    check("training_r2_score" in logged.data.metrics, str(logged.data.metrics))
    return len(logged.data.params)


@step("log_model")
def _():
    with mlflow.start_run(run_name="model") as run:
        ids["run_ids"].append(run.info.run_id)
        ids["model_run_id"] = run.info.run_id
        info = mlflow.sklearn.log_model(LinearRegression().fit(X, y), name="model", input_example=X[:2])
        mlflow.log_metric("val", 0.5, model_id=info.model_id)
    ids["model_uri"] = info.model_uri
    ids["logged_model_ids"].append(info.model_id)
    model = mlflow.get_logged_model(info.model_id)
    check(model.source_run_id == run.info.run_id, str(model))
    mlflow.set_logged_model_tags(info.model_id, {"quality": "good"})
    found = mlflow.search_logged_models(
        [ids["experiment_id"]], filter_string="tags.quality = 'good'", output_format="list"
    )
    check([model.model_id for model in found] == [info.model_id], f"{len(found)} logged models")
    return info.model_uri


@step("register_model")
def _():
    version = mlflow.register_model(ids["model_uri"], MODEL)
    ids["model_version"] = version.version
    client.update_registered_model(MODEL, description="a model")
    client.set_registered_model_tag(MODEL, "domain", "demo")
    client.set_model_version_tag(MODEL, version.version, "checked", "yes")
    client.update_model_version(MODEL, version.version, description="the first version")
    client.set_registered_model_alias(MODEL, "champion", version.version)
    check(client.get_model_version_by_alias(MODEL, "champion").version == version.version, "alias")
    check(client.get_registered_model(MODEL).aliases == {"champion": version.version}, "aliases")
    check([v.version for v in client.get_latest_versions(MODEL)] == [version.version], "latest")
    return version.version


@step("load_and_predict")
def _():
    expected = LinearRegression().fit(X, y).predict(X[:3])
    for uri in (f"models:/{MODEL}@champion", f"models:/{MODEL}/{ids['model_version']}", ids["model_uri"]):
        predicted = mlflow.pyfunc.load_model(uri).predict(X[:3])
        check(abs(predicted - expected).max() < 1e-9, f"{uri} predicts something else")
    native = mlflow.sklearn.load_model(f"models:/{MODEL}@champion")
    check(abs(native.predict(X[:3]) - expected).max() < 1e-9, "sklearn flavour")
    return 4


@step("search")
def _():
    experiments = client.search_experiments(filter_string=f"name = '{EXPERIMENT}'")
    check([e.experiment_id for e in experiments] == [ids["experiment_id"]], "experiments")
    tagged = client.search_experiments(filter_string=f"tags.purpose = 'e2e' AND name LIKE '{PREFIX}-%'")
    check([e.name for e in tagged] == [EXPERIMENT], f"{len(tagged)} experiments by tag")
    runs = client.search_runs(
        [ids["experiment_id"]],
        "metrics.rmse < 0.3 AND params.alpha = '0.5' AND attributes.status = 'FINISHED' AND tags.stage = 'dev'",
        order_by=["attributes.start_time DESC"],
    )
    check([run.info.run_id for run in runs] == [ids["run_id"]], f"{len(runs)} runs")
    page = client.search_runs([ids["experiment_id"]], max_results=2)
    seen = [run.info.run_id for run in page]
    while page.token:
        page = client.search_runs([ids["experiment_id"]], max_results=2, page_token=page.token)
        seen += [run.info.run_id for run in page]
    check(sorted(seen) == sorted(ids["run_ids"]), f"{len(seen)} runs by pages, {len(ids['run_ids'])} made")
    frame = mlflow.search_runs(experiment_names=[EXPERIMENT])
    check(len(frame) == len(ids["run_ids"]), f"{len(frame)} rows")
    models = client.search_registered_models(f"name = '{MODEL}'", order_by=["name ASC"])
    check([model.name for model in models] == [MODEL], "registered models")
    versions = client.search_model_versions(f"name = '{MODEL}' AND run_id = '{ids['model_run_id']}'")
    check([v.version for v in versions] == [ids["model_version"]], "model versions")
    return {"runs": len(seen)}


@step("traces")
def _():
    @mlflow.trace(span_type="CHAIN", attributes={"who": "alice"})
    def answer(question):
        with mlflow.start_span("look-up") as span:
            span.set_inputs({"question": question})
            span.set_outputs({"found": 2})
        return f"{question}!"

    for question in ("one", "two"):
        answer(question)
        ids["trace_ids"].append(mlflow.get_last_active_trace_id())
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_trace(ids["trace_ids"][0])
    check(sorted(span.name for span in trace.data.spans) == ["answer", "look-up"], str(trace.data.spans))
    mlflow.set_trace_tag(ids["trace_ids"][0], "good", "yes")
    mlflow.log_feedback(trace_id=ids["trace_ids"][0], name="correct", value=True)
    found = mlflow.search_traces(
        locations=[ids["experiment_id"]], filter_string="tags.good = 'yes'", return_type="list"
    )
    check([t.info.trace_id for t in found] == [ids["trace_ids"][0]], f"{len(found)} traces")
    check([a.name for a in found[0].info.assessments] == ["correct"], str(found[0].info.assessments))
    everything = mlflow.search_traces(locations=[ids["experiment_id"]], return_type="list")
    check({t.info.trace_id for t in everything} == set(ids["trace_ids"]), f"{len(everything)} traces")
    return len(everything)


@step("prompts")
def _():
    mlflow.genai.register_prompt(PROMPT, "Say {{what}} to {{whom}}.", commit_message="first", tags={"lang": "en"})
    second = mlflow.genai.register_prompt(PROMPT, "Please say {{what}} to {{whom}}.")
    mlflow.genai.set_prompt_alias(PROMPT, "live", second.version)
    loaded = mlflow.genai.load_prompt(f"prompts:/{PROMPT}@live")
    check(loaded.format(what="hi", whom="Bob") == "Please say hi to Bob.", loaded.template)
    names = [prompt.name for prompt in mlflow.genai.search_prompts(filter_string=f"name = '{PROMPT}'")]
    check(names == [PROMPT], f"found {names}")
    check(PROMPT not in [m.name for m in client.search_registered_models()], "a prompt among the models")
    return second.version


@step("evaluation_dataset")
def _():
    from mlflow.genai.datasets import create_dataset, get_dataset

    dataset = create_dataset(name=f"{PREFIX}-dataset", experiment_id=ids["experiment_id"], tags={"kind": "e2e"})
    ids["dataset_id"] = dataset.dataset_id
    dataset.merge_records([{"inputs": {"question": "one"}, "expectations": {"answer": "one!"}}])
    records = get_dataset(dataset_id=dataset.dataset_id).to_df()
    check(len(records) == 1, f"{len(records)} records")
    return len(records)


@step("delete_and_restore")
def _():
    with mlflow.start_run(run_name="doomed") as run:
        pass
    client.delete_run(run.info.run_id)
    check(client.get_run(run.info.run_id).info.lifecycle_stage == "deleted", "deleted")
    client.restore_run(run.info.run_id)
    check(client.get_run(run.info.run_id).info.lifecycle_stage == "active", "restored")
    client.delete_run(run.info.run_id)
    scratch = mlflow.create_experiment(f"{PREFIX}-scratch")
    client.rename_experiment(scratch, f"{PREFIX}-scratch-2")
    client.delete_experiment(scratch)


step.report(ids=ids)
sys.exit(1 if step.failures else 0)
