"""Autologging of deep learning: Keras 3 on JAX, a metric an epoch, the model with its signature, loading it again."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import keras  # noqa: E402
import mlflow  # noqa: E402
import numpy  # noqa: E402
from mlflow import MlflowClient  # noqa: E402

from day.autolog import logged, paths  # noqa: E402


def work(day):
    client = MlflowClient()
    ask = day.ask
    # What is learnt must be the same twice: seeds, one order of the data, one thread of numbers.
    keras.utils.set_random_seed(7)
    x = numpy.random.default_rng(7).normal(size=(32, 4)).astype("float32")
    target = (x.sum(axis=1) > 0).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="binary_crossentropy", metrics=["accuracy"])
    mlflow.keras.autolog(log_every_epoch=True, log_datasets=True, silent=True)
    try:
        with mlflow.start_run(run_name="keras") as run:
            day.ids["run_ids"].append(run.info.run_id)
            ask("keras.fit", model.fit, x, target, epochs=3, batch_size=8, shuffle=False, verbose=0, validation_split=0.25, show=lambda got: {name: [round(float(value), 4) for value in values] for name, values in got.history.items()})
    finally:
        mlflow.keras.autolog(disable=True)
    ask("keras.run", client.get_run, run.info.run_id, show=lambda got: {**logged(got), "metrics": sorted(got.data.metrics)})
    ask("keras.history", client.get_metric_history, run.info.run_id, "loss", show=lambda got: [[item.key, item.step, round(item.value, 4), item.model_id] for item in got])
    ask("keras.artifacts", paths, client, run.info.run_id)
    model_id = client.get_run(run.info.run_id).outputs.model_outputs[0].model_id
    day.ids["logged_model_ids"].append(model_id)
    ask("keras.model", client.get_logged_model, model_id, show=lambda got: [got.name, got.status, got.source_run_id, sorted(metric.key for metric in got.metrics)])
    ask("keras.load", lambda: mlflow.keras.load_model(f"models:/{model_id}").predict(x[:3], verbose=0).round(4))
    ask("keras.pyfunc", lambda: numpy.asarray(mlflow.pyfunc.load_model(f"models:/{model_id}").predict(x[:3])).round(4))
