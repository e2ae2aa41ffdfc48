"""Imported before a client: its requests have a fixed order and go to its server only.

The calls of two runs are compared in their order. What a client would send from several threads at a time, it sends one after another;
what it would find out by starting a Python for each model, it takes from its defaults.
"""

import concurrent.futures
import concurrent.futures.thread
import os
import sys
import traceback
import warnings

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")
os.environ.setdefault("MLFLOW_SEARCH_TRACES_MAX_THREADS", "1")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
warnings.filterwarnings("ignore")

_Pool = concurrent.futures.thread.ThreadPoolExecutor


class _AtOnce(_Pool):
    """Does what it is given when it is given it; what never ends (a queue's reader) gets a thread all the same."""

    def submit(self, function, /, *args, **kwargs):
        if "async" in (getattr(function, "__module__", None) or ""):
            return super().submit(function, *args, **kwargs)
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(function(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


concurrent.futures.thread.ThreadPoolExecutor = _AtOnce
concurrent.futures.ThreadPoolExecutor = _AtOnce


def leave_uninferred():
    """Requirements of models stay at what the client falls back to."""
    import mlflow.models
    import mlflow.utils.environment as environment

    def fallback(model_uri, flavor, fallback=None, *_, **__):
        return fallback

    for name, module in list(sys.modules.items()):
        if name.startswith("mlflow.") and hasattr(module, "infer_pip_requirements"):
            module.infer_pip_requirements = fallback
    environment.infer_pip_requirements = fallback
    mlflow.models.infer_pip_requirements = fallback


def call(function, *args, **kwargs):
    """A step: a failure is reported and does not end the day."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        shown = traceback.format_exc() if os.environ.get("CLIENTS_VERBOSE") == "2" else ""
        name = getattr(function, "__name__", str(function))
        print(f"{name}{str(args)[:80]}: {type(error).__name__}: {str(error)[:400]}\n{shown}", file=sys.stderr)
        return None
