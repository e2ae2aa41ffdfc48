"""A client that prefers signed URLs, against a gateway that permits none: both ways it sends the file through the gateway.

Prints one JSON report; the argument is a prefix for names.
"""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "clients", "scripts"))

from session import CALLS
from steps import Steps, check

import mlflow
from mlflow import MlflowClient

MIB = 1024 * 1024
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(5 * MIB)
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 * MIB)
os.environ["MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE"] = str(5 * MIB)
os.environ["MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE"] = str(5 * MIB)

step = Steps()
client = MlflowClient()
run = client.create_run(mlflow.create_experiment(sys.argv[1]))
content = os.urandom(11 * MIB)


def paths_since(first):
    return [call["path"] for call in CALLS[first:]]


@step("upload")
def _():
    first = len(CALLS)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "large.bin"), "wb") as file:
            file.write(content)
        client.log_artifact(run.info.run_id, os.path.join(folder, "large.bin"))
    paths = paths_since(first)
    check(any("/mpu/create/" in path for path in paths), f"no parts asked for: {paths}")
    check(any("/artifacts/artifacts/" in path or path.endswith("/large.bin") for path in paths), str(paths))


@step("download")
def _():
    first = len(CALLS)
    with tempfile.TemporaryDirectory() as folder:
        got = mlflow.artifacts.download_artifacts(
            run_id=run.info.run_id, artifact_path="large.bin", dst_path=folder
        )
        with open(got, "rb") as file:
            check(file.read() == content, "large.bin came back different")
    paths = paths_since(first)
    check(any("/presigned/" in path for path in paths), f"no URL asked for: {paths}")


step.report()
