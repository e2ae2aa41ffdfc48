"""Loads the server application of the MLflow installed in this interpreter."""

import atexit
import os
import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Server:
    version: str
    flask: Any
    fastapi: Any | None  # MLflow before 3.5 is Flask only
    handlers: Any  # the module mlflow.server.handlers
    package: Path  # the folder of the package mlflow


def load_server() -> Server:
    # The surface must not depend on the caller's environment: MLflow reads MLFLOW_* (and its own
    # _MLFLOW_*) variables during its import, and some add routes or a prefix to every path.
    for name in [n for n in os.environ if n.lstrip("_").startswith("MLFLOW_")]:
        del os.environ[name]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    # The import opens no store; if that of a later MLflow does, it finds an empty one.
    scratch = tempfile.mkdtemp(prefix="mlflow-extract-")
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{scratch}/mlflow.db"
    warnings.simplefilter("ignore")

    import mlflow
    import mlflow.server
    from mlflow.server import handlers
    from mlflow.version import VERSION

    try:
        from mlflow.server.fastapi_app import app as fastapi_app
    except ModuleNotFoundError:
        fastapi_app = None
    return Server(VERSION, mlflow.server.app, fastapi_app, handlers, Path(mlflow.__file__).parent)
