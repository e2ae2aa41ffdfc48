"""Evaluation datasets and their records, mlflow.genai.evaluate with scorers of one's own, registered scorers. No LLM."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Feedback
from mlflow.genai import datasets, scorer


@scorer
def exact(outputs, expectations):
    return outputs == expectations["answer"]


@scorer
def length(outputs):
    return Feedback(value=len(outputs), rationale="counted", metadata={"unit": "characters"})


@scorer
def several(inputs, outputs, trace):
    return [Feedback(name="spans", value=len(trace.data.spans)), Feedback(name="asked", value=inputs["question"] in outputs)]


@scorer
def broken(outputs):
    raise ValueError("this scorer never works")


@mlflow.trace
def predict(question):
    return f"{question}!"


def without_digest(dataset):
    """A dataset but for its digest, which is made from ids and times."""
    shown = {key: value for key, value in dataset.to_dict().items() if key != "digest"}
    return {**shown, "records": by_question(shown.get("records") or [])}


def by_question(records):
    return sorted(records, key=lambda record: str(record["inputs"]))


def table(frame):
    """The result table, in the order of the questions: rows are evaluated by several threads."""
    return by_question(frame.to_dict("records"))


def assessments(traces):
    """What was said of each trace, without the traces themselves."""
    shown = [
        {
            "request": trace.info.request_preview,
            "state": str(trace.info.state),
            "assessments": sorted(([item.name, item.value if item.error is None else str(item.error), str(item.source.source_type)] for item in trace.info.assessments), key=str),
        }
        for trace in traces
    ]
    return sorted(shown, key=str)


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    experiment_id = day.ids["experiment_id"]
    dataset = ask("evaluation datasets.create", datasets.create_dataset, name="questions", experiment_id=experiment_id, tags={"kind": "e2e"}, show=without_digest)
    day.ids["dataset_id"] = dataset.dataset_id
    rows = [{"inputs": {"question": word}, "expectations": {"answer": f"{word}!"}, "tags": {"n": str(number)}} for number, word in enumerate(("one", "two", "three"))]
    ask("evaluation datasets.merge", dataset.merge_records, rows, show=lambda got: got.to_df().pipe(lambda frame: by_question(frame.to_dict("records"))))
    ask("evaluation datasets.merge again", dataset.merge_records, [{"inputs": {"question": "one"}, "expectations": {"answer": "1"}}], show=lambda got: len(got.to_df()))
    traces = mlflow.search_traces(locations=[experiment_id], filter_string="tags.good = 'yes'", return_type="list")
    ask("evaluation datasets.merge traces", dataset.merge_records, traces, show=lambda got: len(got.to_df()))
    ask("evaluation datasets.get", datasets.get_dataset, dataset_id=dataset.dataset_id, show=without_digest)
    ask("evaluation datasets.get by name", datasets.get_dataset, name="questions", show=lambda got: [got.dataset_id, got.name, got.schema, got.profile])
    ask("evaluation datasets.tag", datasets.set_dataset_tags, dataset_id=dataset.dataset_id, tags={"stage": "draft", "gone": "x"})
    ask("evaluation datasets.untag", datasets.delete_dataset_tag, dataset_id=dataset.dataset_id, key="gone")
    ask("evaluation datasets.tagged", client.get_dataset, dataset.dataset_id, show=lambda got: got.tags)
    second = ask("evaluation datasets.create by client", client.create_dataset, "more-questions", experiment_id=[experiment_id], tags={"kind": "other"}, show=without_digest)
    ask("evaluation datasets.add to experiments", datasets.add_dataset_to_experiments, dataset.dataset_id, [client.get_experiment_by_name("more-0").experiment_id], show=lambda got: len(got.experiment_ids))
    ask("evaluation datasets.remove from experiments", datasets.remove_dataset_from_experiments, dataset.dataset_id, [client.get_experiment_by_name("more-0").experiment_id], show=lambda got: {"experiment_ids": got.experiment_ids})

    def found(got):
        return sorted(([item.name, item.dataset_id, item.tags] for item in got), key=str)

    for name, text in {"all": None, "name": "name = 'questions'", "like": "name LIKE '%questions'", "tag": "tags.kind = 'e2e'", "none": "name = 'none'"}.items():
        ask(f"evaluation datasets.search {name}", datasets.search_datasets, experiment_ids=[experiment_id], filter_string=text, show=found)
    ask("evaluation datasets.search everywhere", datasets.search_datasets, order_by=["name ASC"], show=found)
    ask("evaluation datasets.page", client.search_datasets, experiment_ids=[experiment_id], max_results=1, order_by=["name ASC"], show=lambda got: [len(got), bool(got.token), found(got)])
    refused("evaluation datasets.search nonsense", datasets.search_datasets, filter_string="colour = 'red'")
    refused("evaluation datasets.get missing", datasets.get_dataset, dataset_id="d-" + "0" * 32)
    day.attempt("evaluation datasets.create in a missing experiment", datasets.create_dataset, name="lost", experiment_id="987654321")
    records = dataset.to_df()
    second_record = records[records["inputs"].map(lambda inputs: inputs.get("question") == "two")]["dataset_record_id"].iloc[0]
    ask("evaluation datasets.delete records", dataset.delete_records, [second_record])
    ask("evaluation datasets.delete", datasets.delete_dataset, dataset_id=second.dataset_id)
    refused("evaluation datasets.get deleted", client.get_dataset, second.dataset_id)

    def evaluated(result):
        traces = mlflow.search_traces(run_id=result.run_id, locations=[experiment_id], return_type="list")
        return {"run_id": result.run_id, "metrics": result.metrics, "columns": sorted(result.result_df.columns), "traces": assessments(traces)}

    result = ask("evaluate.answers", mlflow.genai.evaluate, data=[{**{key: row[key] for key in ("inputs", "expectations")}, "outputs": "one!"} for row in rows], scorers=[exact, length, broken], show=evaluated)
    day.ids["run_ids"].append(result.run_id)
    ask("evaluate.run", client.get_run, result.run_id)
    result = ask("evaluate.function", mlflow.genai.evaluate, data=[{key: row[key] for key in ("inputs", "expectations")} for row in rows], predict_fn=predict, scorers=[exact, several], show=evaluated)
    day.ids["run_ids"].append(result.run_id)
    result = ask("evaluate.dataset", mlflow.genai.evaluate, data=datasets.get_dataset(dataset_id=dataset.dataset_id), predict_fn=predict, scorers=[length], show=evaluated)
    day.ids["run_ids"].append(result.run_id)
    ask("evaluate.dataset run", client.get_run, result.run_id, show=lambda got: [[item.dataset.name for item in got.inputs.dataset_inputs], got.data.metrics])
    old = mlflow.search_traces(locations=[experiment_id], filter_string="tags.good = 'yes'")
    result = ask("evaluate.traces", mlflow.genai.evaluate, data=old, scorers=[length], show=lambda got: got.metrics)
    day.ids["run_ids"].append(result.run_id)

    def about(made):
        return [made.name, type(made).__name__, str(made.status), made.sample_rate]

    # A judge is only registered here; nothing asks its model.
    judge = mlflow.genai.make_judge("polite", instructions="Is {{ outputs }} polite?", model="openai:/none", feedback_value_type=bool)
    ask("scorers.register", judge.register, show=about)
    ask("scorers.register builtin", mlflow.genai.scorers.Safety(model="openai:/none").register, name="safe", show=about)
    refused("scorers.register one's own", length.register)
    ask("scorers.get", mlflow.genai.get_scorer, name="polite", show=about)
    ask("scorers.list", mlflow.genai.list_scorers, show=lambda got: sorted(map(about, got)))
    ask("scorers.delete", mlflow.genai.delete_scorer, name="safe", version="all")
    refused("scorers.get deleted", mlflow.genai.get_scorer, name="safe")
    refused("scorers.get missing", mlflow.genai.get_scorer, name="no-such")
    refused("scorers.delete missing", mlflow.genai.delete_scorer, name="no-such")
