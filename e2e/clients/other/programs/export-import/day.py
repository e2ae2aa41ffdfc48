"""MLflow's tool for export and import of everything: each of its commands that its version has, on one server."""

from one_by_one import call, leave_uninferred

import importlib
import json
import os
import sys

import mlflow
import numpy
from mlflow import MlflowClient
from sklearn.linear_model import Ridge

WORK = os.environ["WORK"]
client = MlflowClient()
leave_uninferred()


def out(name):
    return os.path.join(WORK, "out", name)


def mend():
    """The newest commit of its repository imports an option by another name than it has, so that half of the tool does not start."""
    options = importlib.import_module("mlflow_export_import.common.click_options")
    if not hasattr(options, "opt_runs_until") and hasattr(options, "opt_until"):
        options.opt_runs_until = options.opt_until


def tool(command, **options):
    """Runs a command of the tool in this process, with those of the options that it has."""
    module = {"export": "export_", "import": "import_", "copy": "copy_"}
    verb, rest = command.split("-", 1)
    rest = rest.replace("-", "_")
    for package in ("bulk", rest, "copy", "tools", "client", "common", f"{rest.rstrip('s')}"):
        name = f"mlflow_export_import.{package}.{module.get(verb, verb + '_')}{rest}"
        try:
            main = importlib.import_module(name).main
        except ModuleNotFoundError as error:
            if not name.startswith(error.name or "?"):
                print(f"{name}: {error}", file=sys.stderr)
            continue
        except ImportError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return None
        has = {param.name: param.opts[0] for param in main.params}
        args = [part for key, value in options.items() if key in has for part in (has[key], str(value))]
        print(f"# {command} {' '.join(args)}", file=sys.stderr)
        return call(main.main, args, standalone_mode=False)
    print(f"# {command}: not in this version", file=sys.stderr)
    return None


def prepare():
    named = {"name": "model"} if int(mlflow.__version__.split(".")[0]) > 2 else {"artifact_path": "model"}
    mlflow.set_experiment("moved")
    for number in range(2):
        with mlflow.start_run(run_name=f"run {number}", tags={"team": "red"}) as run:
            mlflow.log_params({"alpha": 0.5, "n": number})
            for step in range(3):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)
            client.log_text(run.info.run_id, "some text", "notes/top 5%.txt")
            model = Ridge().fit(numpy.array([[0.0], [1.0]]), [0.0, 1.0])
            call(mlflow.sklearn.log_model, model, registered_model_name="moved-model", await_registration_for=5, **named)
            with mlflow.start_run(run_name="child", nested=True):
                mlflow.log_metric("loss", number)
    call(client.transition_model_version_stage, "moved-model", "1", "Production")
    call(client.set_registered_model_tag, "moved-model", "team", "red")
    call(client.set_model_version_tag, "moved-model", "1", "k", "v")
    if hasattr(client, "set_registered_model_alias"):
        call(client.set_registered_model_alias, "moved-model", "best", "2")
    if hasattr(mlflow, "genai"):
        call(mlflow.genai.register_prompt, name="moved-prompt", template="Say {{word}}", tags={"a": "b"})
        call(mlflow.genai.set_prompt_alias, "moved-prompt", "best", 1)
        with mlflow.start_run(run_name="traced"):
            call(mlflow.trace(lambda question: question + "!", name="answer"), "why")
        dataset = call(mlflow.genai.datasets.create_dataset, name="moved-set", experiment_id=client.get_experiment_by_name("moved").experiment_id)
        if dataset is not None:
            call(dataset.merge_records, [{"inputs": {"question": "why"}, "expectations": {"answer": "so"}}])
    return run.info.run_id, client.get_experiment_by_name("moved").experiment_id


def renames(name, of):
    path = os.path.join(WORK, name)
    with open(path, "w") as file:
        file.write("".join(f"{old},{new}\n" for old, new in of.items()))
    return path


mend()
run_id, experiment_id = prepare()
tool("export-run", run_id=run_id, output_dir=out("run"))
tool("import-run", input_dir=out("run"), experiment_name="moved-run", import_source_tags=True, mlmodel_fix=True)
tool("export-experiment", experiment="moved", output_dir=out("experiment"))
tool("import-experiment", input_dir=out("experiment"), experiment_name="moved-experiment", import_source_tags=True)
tool("export-experiments", experiments="moved", output_dir=out("experiments"))
tool("import-experiments", input_dir=out("experiments"), experiment_rename_file=renames("experiments.csv", {"moved": "moved-experiments"}), experiment_name_prefix="copy-of-")
tool("export-model", model="moved-model", output_dir=out("model"))
tool("import-model", input_dir=out("model"), model="moved-model-2", experiment_name="moved-model-runs", import_source_tags=True)
tool("export-model-version", model="moved-model", version="1", output_dir=out("version"))
tool("import-model-version", input_dir=out("version"), model="moved-version", experiment_name="moved-version-runs", create_model=True)
tool("export-models", models="moved-model", output_dir=out("models"), export_all_runs=True)
tool(
    "import-models",
    input_dir=out("models"),
    model_rename_file=renames("models.csv", {"moved-model": "moved-models"}),
    experiment_rename_file=renames("experiments-2.csv", {"moved": "moved-models-runs"}),
    experiment_name_prefix="models-of-",
    model_name_prefix="copy-of-",
)
tool("copy-run", run_id=run_id, experiment_name="moved-copy", src_mlflow_uri=os.environ["MLFLOW_TRACKING_URI"], dst_mlflow_uri=os.environ["MLFLOW_TRACKING_URI"])
tool("copy-model-version", src_model="moved-model", src_version="1", dst_model="moved-copied", dst_experiment_name="moved-copied-runs")
tool("export-logged-models", experiment_ids=experiment_id, output_dir=out("logged"))
tool("import-logged-models", input_dir=out("logged"), experiment_name="moved-logged")
tool("export-traces", experiment_ids=experiment_id, output_dir=out("traces"))
tool("import-traces", input_dir=out("traces"), experiment_name="moved-traces")
tool("export-prompt", prompt_name="moved-prompt", prompt_version=1, output_dir=out("prompt"))
tool("import-prompt", input_dir=out("prompt"), prompt_name="moved-prompt-2")
tool("export-prompts", output_dir=out("prompts"))
tool("export-evaluation-dataset", dataset_name="moved-set", output_dir=out("set"))
tool("import-evaluation-dataset", input_dir=out("set"), evaluation_dataset_name="moved-set-2")
tool("get-model-signature", model_uri="models:/moved-model/1")
tool("list-model-versions-without-signatures")
tool("http-client", resource="experiments/search", method="POST", data=json.dumps({"max_results": 2}))
tool("http-client", resource="experiments/get", params=json.dumps({"experiment_id": experiment_id}))
tool("export-all", output_dir=out("all"), export_deleted_runs=True)
tool(
    "import-all",
    input_dir=out("all"),
    model_rename_file=renames("all-models.csv", {"moved-model": "all-model"}),
    experiment_rename_file=renames("all-experiments.csv", {"moved": "all-moved"}),
)
print("the day is over")
