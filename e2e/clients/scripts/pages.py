"""One team's work, as MLflow's own Python client makes it: something for every page of MLflow's UI to show.

Everything is called after the team (the argument), so that a page that shows anything of another team's shows its name.
Prints one JSON report.
"""

import os
import sys
import tempfile

import session  # noqa: F401  who is calling; before mlflow is imported
from steps import Steps

import matplotlib
import mlflow
import pandas as pd
from mlflow import MlflowClient

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

TEAM = sys.argv[1]
STEPS = 12

step = Steps()
client = MlflowClient()
ids = {"runs": {}, "traces": [], "versions": []}


class Threshold(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[float]) -> list[bool]:
        return [value > 0.5 for value in model_input]


@step("experiments")
def _():
    ids["experiment"] = mlflow.create_experiment(
        f"{TEAM}-churn",
        tags={
            "mlflow.note.content": f"Who of {TEAM}'s customers leaves.",
            "mlflow.experimentKind": "custom_model_development",
        },
    )
    ids["chat"] = mlflow.create_experiment(f"{TEAM}-chat", tags={"mlflow.experimentKind": "genai_development"})


def table(rate):
    return pd.DataFrame({"customer": [f"{TEAM}-1", f"{TEAM}-2"], "score": [rate, 1 - rate]})


@step("runs")
def _():
    for name, rate in (("baseline", 0.1), ("tuned", 0.3)):
        with mlflow.start_run(
            experiment_id=ids["experiment"], run_name=f"{TEAM}-{name}", tags={"stage": f"{TEAM}-dev"}
        ) as run:
            ids["runs"][name] = run.info.run_id
            mlflow.log_params({"rate": rate, "solver": f"{TEAM}-sgd"})
            for i in range(STEPS):
                # Up and down, so that a chart has to draw every step.
                swing = 0.1 * (-1) ** i
                mlflow.log_metrics({"loss": 1 / (1 + rate * i) - swing, "accuracy": round(rate + 0.25 + swing, 2)}, step=i)
            mlflow.log_input(mlflow.data.from_pandas(table(rate), name=f"{TEAM}-train"), context="training")
            mlflow.log_text(f"Notes of {TEAM}: {name} went well.\n", "notes.txt")
            mlflow.log_dict({"team": TEAM, "rate": rate}, "settings.json")
            mlflow.log_table(table(rate), "answers.json")
            with tempfile.TemporaryDirectory() as folder:
                table(rate).to_csv(os.path.join(folder, "scores.csv"), index=False)
                figure, axes = plt.subplots(figsize=(4, 3))
                axes.bar([f"{TEAM}-1", f"{TEAM}-2"], [rate, 1 - rate])
                axes.set_title(f"{TEAM}: {name}")
                figure.savefig(os.path.join(folder, "scores.png"))
                mlflow.log_artifacts(folder)


@step("models")
def _():
    name = f"{TEAM}-model"
    client.create_registered_model(name, tags={"team": TEAM}, description=f"Who leaves {TEAM}.")
    for run in ids["runs"].values():
        with mlflow.start_run(run_id=run):
            model = mlflow.pyfunc.log_model(
                name=f"{TEAM}-threshold", python_model=Threshold(), pip_requirements=["mlflow"]
            )
        version = client.create_model_version(
            name, model.model_uri, run, description=f"{TEAM} says yes above one half.", model_id=model.model_id
        )
        ids["versions"].append(version.version)
    client.set_registered_model_alias(name, "champion", ids["versions"][-1])
    client.set_model_version_tag(name, ids["versions"][-1], "checked", f"{TEAM}-yes")


@step("traces")
def _():
    mlflow.set_experiment(experiment_id=ids["chat"])

    @mlflow.trace(name=f"{TEAM}-answer", span_type="CHAIN")
    def answer(question):
        with mlflow.start_span(f"{TEAM}-look-up", span_type="RETRIEVER") as span:
            span.set_inputs({"question": question})
            span.set_outputs({"found": f"{TEAM} knows"})
        mlflow.update_current_trace(tags={"topic": f"{TEAM}-billing"})
        return f"{TEAM} says: {question}"

    for question in ("Why is it dear?", "How do I leave?", "Who are you?"):
        answer(f"{TEAM} asks: {question}")
        ids["traces"].append(mlflow.get_last_active_trace_id())
    mlflow.flush_trace_async_logging()
    mlflow.log_feedback(
        trace_id=ids["traces"][0], name="helpful", value=True, rationale=f"{TEAM} was helped."
    )
    mlflow.log_expectation(trace_id=ids["traces"][0], name="expected", value=f"{TEAM} is honest")


@step("prompts")
def _():
    name = f"{TEAM}-prompt"
    for text in ("Answer {{question}}.", "Answer {{question}}, and be kind."):
        version = mlflow.genai.register_prompt(name, f"You work for {TEAM}. {text}", commit_message=f"{TEAM}: {text}")
    mlflow.genai.set_prompt_alias(name, "live", version.version)


@step("datasets")
def _():
    from mlflow.genai.datasets import create_dataset

    dataset = create_dataset(name=f"{TEAM}-questions", experiment_id=ids["chat"])
    dataset.merge_records(
        [{"inputs": {"question": f"{TEAM} asks why"}, "expectations": {"answer": f"{TEAM} says because"}}]
    )
    ids["dataset"] = dataset.dataset_id


@step("skills")
def _():
    name = f"{TEAM}-review"
    for number, text in enumerate(("read the code.", "read the tests too."), 1):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "SKILL.md"), "w") as file:
                file.write(f"---\nname: {name}\ndescription: Reviews for {TEAM}.\n---\n\nYou review for {TEAM}: {text}\n")
            with open(os.path.join(folder, "check.py"), "w") as file:
                file.write(f"print('{TEAM} {number}')\n")
            mlflow.genai.register_skill(source=folder)
    client.set_skill_tag(name=name, key="team", value=f"{TEAM}-nlp")
    client.set_skill_alias(name=name, alias="live", version=1)
    client.create_skill_version(
        name=f"{TEAM}-summary", organization=TEAM, source=mlflow.genai.GitSource(f"https://git.example.com/{TEAM}.git")
    )


step.report(ids=ids)
sys.exit(1 if step.failures else 0)
