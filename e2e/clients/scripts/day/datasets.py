"""Datasets as inputs of runs, and models as their outputs' metrics."""

import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.entities import DatasetInput, InputTag

FRAME = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.5, 0.25, 0.125], "y": [1.0, 0.0, 1.0]})


def work(day):
    client = MlflowClient()
    ask = day.ask
    with mlflow.start_run(run_name="with-data") as run:
        run_id = run.info.run_id
        day.ids["run_ids"].append(run_id)
        train = ask("datasets.pandas", mlflow.data.from_pandas, FRAME, name="train", targets="y")
        ask("datasets.input", mlflow.log_input, train, context="training", tags={"kind": "small"})
        array = mlflow.data.from_numpy(numpy.arange(6.0).reshape(3, 2), name="numbers")
        ask("datasets.inputs", mlflow.log_inputs, datasets=[array, train], contexts=["eval", "test"], tags_list=[{"k": "v"}, {}])
    ask("datasets.run", client.get_run, run_id, show=lambda got: got.inputs)
    entity = train._to_mlflow_entity()
    second = client.create_run(day.ids["experiment_id"], run_name="with-data-2").info.run_id
    day.ids["run_ids"].append(second)
    ask("datasets.client inputs", client.log_inputs, second, [DatasetInput(entity, [InputTag("mlflow.data.context", "again")])])
    ask("datasets.client run", client.get_run, second, show=lambda got: got.inputs)
    client.set_terminated(second)
    ask("datasets.search", client.search_runs, [day.ids["experiment_id"]], "datasets.name = 'train'", order_by=["attributes.run_name ASC"])
    ask("datasets.search context", client.search_runs, [day.ids["experiment_id"]], "dataset.context = 'eval'")
    ask("datasets.source", mlflow.data.get_source, client.get_run(second).inputs.dataset_inputs[0].dataset)
