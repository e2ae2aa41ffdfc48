"""A caller of another tenant, with MLflow's own Python client and full knowledge of the first one's ids.

Reads day_of_work.py's report from the file named by the first argument and tries to see, read and change what is
in it. Every attempt must end as if the thing did not exist. Prints one JSON report: `results` has one entry an
attempt, and `leaks` names those that got anything. Run as the owner it is its own control: everything must then
work, or an attempt would be refused for a reason that has nothing to do with tenants.
"""

import json
import sys
import tempfile

import session  # noqa: F401  who is calling; before mlflow is imported
from steps import Steps, check

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST

with open(sys.argv[1]) as file:
    IDS = json.load(file)["ids"]

step = Steps()
client = MlflowClient()
attempts = {}
NOT_THERE = {"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"}


def empty(name, search):
    """A search that succeeds and finds nothing."""

    @step(name)
    def _():
        found = len(list(search()))
        attempts[name] = "nothing" if found == 0 else "leak"
        check(found == 0, f"{found} found")
        return found


def absent(name, access, codes=NOT_THERE):
    """An access that is refused as for a thing that does not exist."""

    @step(name)
    def _():
        try:
            got = access()
        except MlflowException as error:
            attempts[name] = "refused"
            check(error.error_code in codes, f"refused, but as {error.error_code}: {error}"[:500])
            return error.error_code
        except Exception as error:
            # requests.HTTPError from the artifact proxy has no MLflow code; the status must say the same.
            status = getattr(getattr(error, "response", None), "status_code", None)
            if status is None:
                raise
            attempts[name] = "refused"
            check(status in (400, 403, 404), f"refused with {status}")
            return status
        attempts[name] = "leak"
        raise AssertionError(f"allowed: {str(got)[:200]}")


def none_there():
    raise MlflowException("there was none", RESOURCE_DOES_NOT_EXIST)


experiment_id, run_id = IDS["experiment_id"], IDS["run_id"]
model, version, prompt = IDS["model_name"], IDS["model_version"], IDS["prompt_name"]
logged_model_id = IDS["logged_model_ids"][0]

empty("search experiments", lambda: [e for e in client.search_experiments() if e.name != "Default"])
empty("search experiments by name", lambda: client.search_experiments(filter_string=f"name = '{IDS['experiment_name']}'"))
empty("search runs", lambda: client.search_runs([experiment_id]))
empty("search runs with a filter", lambda: client.search_runs([experiment_id], "params.alpha = '0.5'"))
empty("search runs everywhere", lambda: mlflow.search_runs(search_all_experiments=True, output_format="list"))
empty("search registered models", lambda: client.search_registered_models())
empty("search model versions", lambda: client.search_model_versions())
empty("search model versions by name", lambda: client.search_model_versions(f"name = '{model}'"))
empty("search logged models", lambda: client.search_logged_models([experiment_id]))
empty("search prompts", lambda: mlflow.genai.search_prompts())
empty("get experiment by name", lambda: filter(None, [client.get_experiment_by_name(IDS["experiment_name"])]))
empty("load prompt", lambda: filter(None, [mlflow.genai.load_prompt(f"prompts:/{prompt}/1", allow_missing=True)]))

absent("get experiment", lambda: client.get_experiment(experiment_id))
absent("tag experiment", lambda: client.set_experiment_tag(experiment_id, "k", "v") or "done")
absent("create run", lambda: client.create_run(experiment_id))
for number, other in enumerate(IDS["run_ids"]):
    absent(f"get run {number}", lambda other=other: client.get_run(other))
absent("log metric", lambda: client.log_metric(run_id, "rmse", 9.0) or "done")
absent("log param", lambda: client.log_param(run_id, "stolen", "yes") or "done")
absent("log batch", lambda: client.log_batch(run_id, tags=[mlflow.entities.RunTag("k", "v")]) or "done")
absent("set tag", lambda: client.set_tag(run_id, "k", "v") or "done")
absent("metric history", lambda: client.get_metric_history(run_id, "loss"))
absent("update run", lambda: client.update_run(run_id, name="mine") or "done")
absent("get registered model", lambda: client.get_registered_model(model))
absent("get model version", lambda: client.get_model_version(model, version))
absent("get model version by alias", lambda: client.get_model_version_by_alias(model, "champion"))
absent("model download uri", lambda: client.get_model_version_download_uri(model, version))
absent("move alias", lambda: client.set_registered_model_alias(model, "champion", version) or "done")
absent("get logged model", lambda: client.get_logged_model(logged_model_id))
absent(
    "tag logged model",
    lambda: client.set_logged_model_tags(logged_model_id, {"k": "v"}) or "done",
    # The client reads the model first and reports its absence in words of its own.
    NOT_THERE | {"INVALID_PARAMETER_VALUE"},
)
absent("list artifacts", lambda: client.list_artifacts(run_id))
absent("load model by name", lambda: mlflow.pyfunc.load_model(f"models:/{model}/{version}"))
absent("load model by alias", lambda: mlflow.pyfunc.load_model(f"models:/{model}@champion"))
absent("load logged model", lambda: mlflow.pyfunc.load_model(IDS["model_uri"]))
trace_id = IDS["trace_ids"][0]
empty("search traces", lambda: client.search_traces(locations=[experiment_id]))
absent("get trace", lambda: client.get_trace(trace_id))
absent("tag trace", lambda: client.set_trace_tag(trace_id, "k", "v") or "done")
absent("get dataset", lambda: mlflow.genai.datasets.get_dataset(dataset_id=IDS["dataset_id"]))
# The day on other storage has none.
if skill := IDS.get("skill_name"):
    organisation = IDS["skill_organization"]
    empty("search skills", lambda: client.search_skills())
    empty("search skills by name", lambda: client.search_skills(include_skill_identities=[skill, f"@{organisation}/review"]))
    absent("get skill", lambda: client.get_skill(name=skill))
    absent("get skill in an organisation", lambda: client.get_skill(name="review", organization=organisation))
    absent("get skill version", lambda: client.get_skill_version(name=skill, version=1))
    absent("search skill versions", lambda: list(client.search_skill_versions(name=skill)) or none_there())
    absent("update skill", lambda: client.update_skill(name=skill, description="mine"))
    absent("tag skill", lambda: client.set_skill_tag(name=skill, key="k", value="v") or "done")
    absent("alias skill", lambda: client.set_skill_alias(name=skill, alias="mine", version=1) or "done")
    with tempfile.TemporaryDirectory() as folder:
        absent("pull skill", lambda: mlflow.genai.pull(f"skills:/{skill}/1", destination=f"{folder}/skill"))
with tempfile.TemporaryDirectory() as folder:
    for name, uri in {
        "download artifact of the run": f"runs:/{run_id}/large.bin",
        "download artifact by location": f"{IDS['artifact_uri']}/large.bin",
        "download model": f"models:/{model}/{version}",
    }.items():
        absent(
            name,
            lambda uri=uri: mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder),
            NOT_THERE | {"PERMISSION_DENIED", "INVALID_PARAMETER_VALUE", "INTERNAL_ERROR"},
        )

# Last, so that one that works does not make the others fail for a reason of its own.
# Refused with tags; with workspaces MLflow says that it deleted none.
absent("delete traces", lambda: client.delete_traces(experiment_id, trace_ids=IDS["trace_ids"]) or none_there())
absent("rename experiment", lambda: client.rename_experiment(experiment_id, "mine"))
absent("delete run", lambda: client.delete_run(run_id) or "done")
absent("delete model version", lambda: client.delete_model_version(model, version) or "done")
absent("delete registered model", lambda: client.delete_registered_model(model) or "done")
if skill:
    absent("delete skill version", lambda: client.delete_skill_version(name=skill, version=3) or "done")
    absent("delete skill", lambda: client.delete_skill(name=skill) or "done")
absent("delete experiment", lambda: client.delete_experiment(experiment_id) or "done")

leaks = sorted(name for name, outcome in attempts.items() if outcome == "leak")
step.report(leaks=leaks, attempts=len(step.results) + len(step.failures))
sys.exit(1 if step.failures else 0)
