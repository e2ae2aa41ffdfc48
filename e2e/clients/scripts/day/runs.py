"""Runs: parameters, metrics one by one and in bulk, tags, nesting, search with paging, delete, restore."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    experiment_id = day.ids["experiment_id"]

    with mlflow.start_run(run_name="first", tags={"stage": "dev"}, description="the first run", log_system_metrics=False) as run:
        run_id = run.info.run_id
        day.ids["run_id"] = run_id
        day.ids["artifact_uri"] = run.info.artifact_uri
        day.ids["run_ids"].append(run_id)
        ask("runs.started", lambda: run)
        ask("runs.active", mlflow.active_run)
        ask("runs.param", mlflow.log_param, "alpha", 0.5)
        ask("runs.params", mlflow.log_params, {f"p{number}": number for number in range(20)})
        for epoch in range(3):
            ask(f"runs.metric {epoch}", mlflow.log_metric, "loss", 1.0 / (epoch + 1), step=epoch)
        ask("runs.metrics", mlflow.log_metrics, {"rmse": 0.25, "r2": 0.9}, step=3)
        ask("runs.metric not a number", mlflow.log_metric, "odd", float("nan"))
        ask("runs.metric infinite", mlflow.log_metric, "huge", float("-inf"))
        ask("runs.metric negative step", mlflow.log_metric, "early", 1.5, step=-1)
        ask("runs.tag", mlflow.set_tag, "reviewed", "no")
        ask("runs.tags", mlflow.set_tags, {"a": "1", "b": "ünï cødé, 'quoted' and \"double\"", "release.version": "2"})
        ask("runs.untag", mlflow.delete_tag, "a")
        ask("runs.param later", lambda: mlflow.log_param("later", "x", synchronous=False).wait())
        ask("runs.metric later", lambda: mlflow.log_metric("later", 2.0, synchronous=False).wait())
        refused("runs.param changed", mlflow.log_param, "alpha", 0.6)
        refused("runs.param name nonsense", mlflow.log_param, "no\nname", 1)
        refused("runs.metric nonsense", mlflow.log_metric, "loss", "many")
    ask("runs.last active", mlflow.last_active_run)
    ask("runs.get", client.get_run, run_id)
    ask("runs.get fluent", mlflow.get_run, run_id)

    made = ask("runs.create", client.create_run, experiment_id, run_name="by-client", start_time=1_700_000_000_000, tags={"stage": "prod", "mlflow.note.content": "a note"})
    other = made.info.run_id
    day.ids["run_ids"].append(other)
    ask("runs.client param", client.log_param, other, "alpha", "0.75")
    ask("runs.client metric", client.log_metric, other, "rmse", 0.5, timestamp=1_700_000_000_500, step=2)
    ask("runs.client tag", client.set_tag, other, "colour", "red")
    ask("runs.client untag", client.delete_tag, other, "colour")
    refused("runs.client untag what is not there", client.delete_tag, other, "colour")
    ask(
        "runs.batch",
        client.log_batch,
        other,
        metrics=[Metric("batch", float(number), 1_700_000_001_000 + number, number) for number in range(500)],
        params=[Param("batched", "yes"), Param("empty", "")],
        tags=[RunTag("batched", "yes")],
    )
    ask("runs.batch large", client.log_batch, other, metrics=[Metric(f"m{number % 40}", number / 7, 1_700_000_002_000 + number, number) for number in range(1000)])
    ask("runs.batch empty", client.log_batch, other)
    refused("runs.batch param twice", client.log_batch, other, params=[Param("twice", "1"), Param("twice", "2")])
    ask("runs.history", client.get_metric_history, other, "batch")
    ask("runs.history of the first", client.get_metric_history, run_id, "loss")
    ask("runs.history of what is not there", client.get_metric_history, run_id, "no-such")
    ask("runs.rename", client.update_run, other, name="renamed")
    ask("runs.status", client.update_run, other, status="SCHEDULED")
    ask("runs.ended", client.set_terminated, other, status="FAILED", end_time=1_700_000_009_000)
    ask("runs.get by client", client.get_run, other)

    with mlflow.start_run(run_name="parent") as parent:
        day.ids["run_ids"].append(parent.info.run_id)
        for depth in (2, 3):
            with mlflow.start_run(run_name=f"child-{depth}", nested=True) as child:
                day.ids["run_ids"].append(child.info.run_id)
                mlflow.log_param("depth", depth)
                mlflow.log_metric("score", depth / 10)
    day.ids["parent_run_id"] = parent.info.run_id
    ask("runs.children", client.search_runs, [experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.score DESC"])
    ask("runs.parent", client.get_parent_run, child.info.run_id)
    ask("runs.parent fluent", mlflow.get_parent_run, child.info.run_id)
    ask("runs.no parent", mlflow.get_parent_run, parent.info.run_id)
    with mlflow.start_run(run_id=run_id):
        ask("runs.resumed", mlflow.log_metric, "resumed", 1.0)
    try:
        with mlflow.start_run(run_name="broken") as broken:
            day.ids["run_ids"].append(broken.info.run_id)
            raise RuntimeError("training failed")
    except RuntimeError:
        ask("runs.failed", client.get_run, broken.info.run_id)

    order = ["attributes.run_name ASC"]
    for name, text in {
        "everything": "",
        "many comparisons": "metrics.rmse < 0.3 AND params.alpha = '0.5' AND attributes.status = 'FINISHED' AND tags.stage = 'dev'",
        "name": "attributes.run_name LIKE 'child-%'",
        "status": "status != 'FINISHED'",
        "tag in backticks": "tags.`release.version` = '2'",
        "in": f"attributes.run_id IN ('{run_id}', '{other}')",
        "ilike": "params.batched ILIKE 'YES'",
        "start": "attributes.start_time < 1700000000001",
        "null": "tags.stage IS NULL AND params.depth IS NOT NULL",
        "none": "metrics.rmse > 100",
    }.items():
        ask(f"runs.search {name}", client.search_runs, [experiment_id], text, order_by=order)
    for name, text in {"nonsense": "metrics.rmse ~ 3", "or": "params.alpha = '1' OR params.alpha = '2'", "unquoted": "params.alpha = one", "open": "tags.a = 'x"}.items():
        refused(f"runs.search {name}", client.search_runs, [experiment_id], text)
    refused("runs.search order nonsense", client.search_runs, [experiment_id], order_by=["colour ASC"])
    refused("runs.search too many", client.search_runs, [experiment_id], max_results=1_000_000)
    ask("runs.search order", client.search_runs, [experiment_id], "metrics.rmse > 0", order_by=["metrics.rmse DESC", "attributes.start_time ASC"])
    ask("runs.search missing experiment", client.search_runs, ["987654321"])
    ask("runs.search both", client.search_runs, [experiment_id, "987654321"], "params.alpha = '0.5'")
    ask("runs.search table", mlflow.search_runs, [experiment_id], "params.depth != ''", order_by=order, show=lambda got: got[sorted(got.columns)])
    ask("runs.search by name", mlflow.search_runs, experiment_names=[day.ids["experiment_name"]], filter_string="params.alpha = '0.5'", output_format="list")
    ask("runs.search everywhere", mlflow.search_runs, search_all_experiments=True, output_format="list", order_by=order)
    token = None
    for page in range(1, 5):
        found = ask(f"runs.page {page}", client.search_runs, [experiment_id], order_by=order, max_results=2, page_token=token)
        token = found.token
    refused("runs.get missing", client.get_run, "0" * 32)
    refused("runs.get what is no id", client.get_run, "no-such")
    refused("runs.param of a missing run", client.log_param, "0" * 32, "a", "1")
    refused("runs.metric of a missing run", client.log_metric, "0" * 32, "a", 1.0)
    refused("runs.create in a missing experiment", client.create_run, "987654321")
    refused("runs.resume missing", mlflow.start_run, run_id="0" * 32)

    doomed = client.create_run(experiment_id, run_name="doomed").info.run_id
    day.ids["run_ids"].append(doomed)
    ask("runs.delete", client.delete_run, doomed)
    ask("runs.deleted", client.get_run, doomed)
    refused("runs.param of a deleted run", client.log_param, doomed, "a", "1")
    ask("runs.search deleted", client.search_runs, [experiment_id], run_view_type=ViewType.DELETED_ONLY)
    ask("runs.restore", client.restore_run, doomed)
    ask("runs.restored", client.get_run, doomed)
    ask("runs.delete fluent", mlflow.delete_run, doomed)
    ask("runs.delete twice", client.delete_run, doomed)
