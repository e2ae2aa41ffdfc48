"""Artifacts small and large: files, folders, text, tables, pictures; listing, downloading, what is not there."""

import hashlib
import os
import random
import tempfile

import matplotlib
import mlflow
import numpy
import pandas
from mlflow import MlflowClient

matplotlib.use("Agg")
import matplotlib.pyplot as pyplot  # noqa: E402

LARGE = 60 * 1024 * 1024


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def tree(folder):
    """Every file below a folder: its size and digest."""
    out = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            body = bytes_of(path)
            out[os.path.relpath(path, folder)] = [len(body), hashlib.sha256(body).hexdigest()[:20]]
    return dict(sorted(out.items()))


def figure():
    drawn, axes = pyplot.subplots(figsize=(1, 1))
    axes.plot([0, 1], [1, 0])
    return drawn


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    run_id = day.ids["run_id"]
    with tempfile.TemporaryDirectory() as folder:
        large = os.path.join(folder, "large.bin")
        with open(large, "wb") as file:
            file.write(random.Random(7).randbytes(LARGE))
        small = os.path.join(folder, "notes with space.txt")
        with open(small, "w") as file:
            file.write("hello")
        many = os.path.join(folder, "many")
        for number in range(6):
            os.makedirs(os.path.join(many, f"d{number % 2}"), exist_ok=True)
            with open(os.path.join(many, f"d{number % 2}", f"f{number}.txt"), "w") as file:
                file.write("x" * number)
        ask("artifacts.file", client.log_artifact, run_id, small, artifact_path="notes")
        ask("artifacts.file of 60 MiB", client.log_artifact, run_id, large)
        ask("artifacts.folder", client.log_artifacts, run_id, many, artifact_path="many")
        with mlflow.start_run(run_id=run_id):
            ask("artifacts.file fluent", mlflow.log_artifact, small)
            ask("artifacts.folder fluent", mlflow.log_artifacts, many, artifact_path="again")
            ask("artifacts.uri", mlflow.get_artifact_uri, "notes")
            ask("artifacts.text fluent", mlflow.log_text, "<b>hi</b>", "page.html")
            ask("artifacts.table fluent", mlflow.log_table, {"q": ["c"], "n": [3]}, "table.json")
    ask("artifacts.text", client.log_text, run_id, "été", "deep/er/ü+&%.txt")
    ask("artifacts.dict json", client.log_dict, run_id, {"a": [1, 2], "b": None}, "config.json")
    ask("artifacts.dict yaml", client.log_dict, run_id, {"a": [1, 2]}, "config.yml")
    ask("artifacts.figure", client.log_figure, run_id, figure(), "plots/line.png")
    ask("artifacts.image", client.log_image, run_id, numpy.full((4, 4, 3), 120, dtype=numpy.uint8), "pictures/grey.png")
    ask("artifacts.image step", client.log_image, run_id, numpy.zeros((4, 4), dtype=numpy.uint8), key="black", step=1, timestamp=1_700_000_000_000, synchronous=True)
    ask("artifacts.table", client.log_table, run_id, pandas.DataFrame({"q": ["a", "b"], "n": [1, 2]}), "tables/t.json")
    ask("artifacts.table more", client.log_table, run_id, {"q": ["c"], "n": [3]}, "tables/t.json")
    ask("artifacts.table back", client.load_table, day.ids["experiment_id"], "tables/t.json", [run_id], ["run_id"])
    ask("artifacts.table back fluent", mlflow.load_table, "tables/t.json", run_ids=[run_id])

    ask("artifacts.list", client.list_artifacts, run_id)
    ask("artifacts.list folder", client.list_artifacts, run_id, "many")
    ask("artifacts.list folder slash", client.list_artifacts, run_id, "many/d1")
    ask("artifacts.list file", client.list_artifacts, run_id, "config.json")
    ask("artifacts.list what is not there", client.list_artifacts, run_id, "no-such")
    ask("artifacts.list by uri", mlflow.artifacts.list_artifacts, f"runs:/{run_id}/notes")
    ask("artifacts.list by location", mlflow.artifacts.list_artifacts, day.ids["artifact_uri"])
    refused("artifacts.list outside", client.list_artifacts, run_id, "../x")
    refused("artifacts.list missing run", client.list_artifacts, "0" * 32)
    with tempfile.TemporaryDirectory() as folder:
        ask("artifacts.download 60 MiB", client.download_artifacts, run_id, "large.bin", folder, show=bytes_of)
        ask("artifacts.download file", client.download_artifacts, run_id, "notes/notes with space.txt", folder, show=bytes_of)
    for name, options in {
        "folder": {"run_id": run_id, "artifact_path": "many"},
        "uri": {"artifact_uri": f"runs:/{run_id}/notes"},
        "location": {"artifact_uri": f"{day.ids['artifact_uri']}/deep"},
        "everything": {"run_id": run_id},
    }.items():
        with tempfile.TemporaryDirectory() as folder:
            ask(f"artifacts.download {name}", mlflow.artifacts.download_artifacts, dst_path=folder, show=lambda _: tree(folder), **options)
    ask("artifacts.load text", mlflow.artifacts.load_text, f"{day.ids['artifact_uri']}/deep/er/ü+&%.txt")
    ask("artifacts.load dict", mlflow.artifacts.load_dict, f"runs:/{run_id}/config.json")
    ask("artifacts.load image", mlflow.artifacts.load_image, f"runs:/{run_id}/pictures/grey.png", show=lambda got: [got.size, list(got.get_flattened_data())[:2]])
    with tempfile.TemporaryDirectory() as folder:
        refused("artifacts.download what is not there", client.download_artifacts, run_id, "no-such.txt", folder)
        refused("artifacts.download from a missing run", client.download_artifacts, "0" * 32, "x", folder)
        refused("artifacts.download a location not there", mlflow.artifacts.download_artifacts, f"{day.ids['artifact_uri']}/none.txt", dst_path=folder)
    refused("artifacts.text outside", client.log_text, run_id, "x", "../../x.txt")
    refused("artifacts.file not there", client.log_artifact, run_id, "/no/such/file")
    refused("artifacts.text in a missing run", client.log_text, "0" * 32, "x", "x.txt")
