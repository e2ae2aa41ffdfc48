"""Large artifacts every way MLflow's client has for them, and searches that depend on the database's collation.

Ordinary work. Prints one JSON report; the argument is a prefix for names.
"""

import hashlib
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients", "scripts"))

from session import CALLS
from steps import Steps, check

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

PREFIX = sys.argv[1]
MIB = 1024 * 1024
step = Steps()
client = MlflowClient()
ids = {"experiment_id": mlflow.create_experiment(f"{PREFIX}-storage")}
run = client.create_run(ids["experiment_id"])
ids["run_id"], ids["artifact_uri"] = run.info.run_id, run.info.artifact_uri


def write(folder, name, size):
    """A file that no compression makes smaller, written in pieces; returns its digest."""
    digest = hashlib.sha256()
    with open(os.path.join(folder, name), "wb") as file:
        for _ in range(size // MIB):
            piece = os.urandom(MIB)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def round_trip(name, size):
    """Uploads and downloads a file; returns the paths that were asked for."""
    first = len(CALLS)
    with tempfile.TemporaryDirectory() as folder:
        written = write(folder, name, size)
        client.log_artifact(ids["run_id"], os.path.join(folder, name), "large")
    with tempfile.TemporaryDirectory() as folder:
        got = mlflow.artifacts.download_artifacts(
            run_id=ids["run_id"], artifact_path=f"large/{name}", dst_path=folder
        )
        check(digest_of(got) == written, f"{name} came back different")
    return [call["path"] for call in CALLS[first:]]


@step("streamed")
def _():
    paths = round_trip("streamed.bin", 100 * MIB)
    check(not any("/mpu/" in path for path in paths), f"not streamed: {paths}")


@step("multipart")
def _():
    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
    os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = "true"
    os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(8 * MIB)
    os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 * MIB)
    os.environ["MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE"] = str(8 * MIB)
    os.environ["MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE"] = str(5 * MIB)
    paths = round_trip("parts.bin", 100 * MIB)
    for part in ("/mpu/create/", "/mpu/complete/", "/presigned/"):
        check(any(part in path for path in paths), f"no {part} in {paths}")
    return len(paths)


@step("listed")
def _():
    listed = {entry.path: entry.file_size for entry in client.list_artifacts(ids["run_id"], "large")}
    check(listed == {"large/streamed.bin": 100 * MIB, "large/parts.bin": 100 * MIB}, str(listed))


@step("case")
def _():
    upper = mlflow.create_experiment(f"{PREFIX}-Case", tags={"t": "Value"})
    lower = mlflow.create_experiment(f"{PREFIX}-case", tags={"t": "value"})
    for name, wanted in ((f"{PREFIX}-Case", upper), (f"{PREFIX}-case", lower)):
        check(client.get_experiment_by_name(name).experiment_id == wanted, name)
    searches = {
        f"name = '{PREFIX}-Case'": [upper],
        f"name LIKE '{PREFIX}-c%'": [lower],
        f"name ILIKE '{PREFIX}-CASE'": [upper, lower],
        "tags.t = 'Value'": [upper],
        "tags.t LIKE 'v%'": [lower],
        "tags.t ILIKE 'VALUE'": [upper, lower],
        "tags.t != 'Value'": [lower],
    }
    for text, wanted in searches.items():
        found = client.search_experiments(filter_string=text)
        check({e.experiment_id for e in found} == set(wanted), f"{text}: {[e.name for e in found]}")
    runs = {}
    for number, value in enumerate(("B", "a", "C", "b", "ä")):
        with mlflow.start_run(experiment_id=upper, run_name=value, tags={"v": value}) as made:
            mlflow.log_param("p", value)
            mlflow.log_metric("m", number)
        runs[value] = made.info.run_id
    for text, wanted in {
        "tags.v = 'b'": "b",
        "tags.v ILIKE 'b'": "Bb",
        "params.p LIKE 'B%'": "B",
        "params.p = 'ä'": "ä",
        "metrics.m >= 3 AND tags.v != 'b'": "ä",
        "attributes.run_name = 'a'": "a",
    }.items():
        found = client.search_runs([upper], text)
        check({r.info.run_id for r in found} == {runs[v] for v in wanted}, f"{text}: {len(found)}")
    seen, token = [], None
    while True:
        page = client.search_runs([upper], order_by=["metrics.m DESC"], max_results=2, page_token=token)
        seen += [r.data.params["p"] for r in page]
        token = page.token
        if not token:
            break
    check(seen == ["ä", "b", "C", "a", "B"], str(seen))


@step("models")
def _():
    for name in (f"{PREFIX}-Model", f"{PREFIX}-model"):
        client.create_registered_model(name)
    found = client.search_registered_models(f"name = '{PREFIX}-Model'")
    check([m.name for m in found] == [f"{PREFIX}-Model"], str(found))
    found = client.search_registered_models(f"name ILIKE '{PREFIX}-MODEL'")
    check(len(found) == 2, str(found))
    try:
        client.create_registered_model(f"{PREFIX}-Model")
        raise AssertionError("the same name twice")
    except MlflowException as error:
        check(error.error_code == "RESOURCE_ALREADY_EXISTS", str(error))


step.report(ids=ids)
