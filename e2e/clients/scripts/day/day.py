"""Asks MLflow's client for one thing after the other and writes down what it got back."""

import time
import traceback

from dump import dump
from session import CALLS


class Day:
    """What was asked, in order, and what came of it. Names of steps are `area.what`, each used once."""

    def __init__(self):
        self.steps = []
        self._names = set()
        # What later areas, and the other tenant's attempts, need of earlier ones.
        self.ids = {"run_ids": [], "trace_ids": [], "logged_model_ids": []}

    def ask(self, step, call, /, *args, show=lambda got: got, **kwargs):
        """Calls, writes down the answer (or what `show` makes of it), and returns it; an error ends the area."""
        return self._step(step, "value", call, args, kwargs, show)

    def refused(self, step, call, /, *args, **kwargs):
        """A call that MLflow refuses: the exception is the answer."""
        try:
            self._step(step, "error", call, args, kwargs, lambda got: got)
        except Exception:  # written down already
            pass

    def attempt(self, step, call, /, *args, **kwargs):
        """A call that some are allowed and others are not."""
        try:
            self._step(step, "either", call, args, kwargs, lambda got: got)
        except Exception:  # written down already
            pass

    def area(self, work):
        """Runs one area; where one stops, the others still run, so that one report shows all of it."""
        try:
            work(self)
        except Exception as error:
            message = f"{describe(error)['message']}\n{traceback.format_exc()}"[-3000:]
            name = work.__module__.split(".")[-1]
            self.steps.append({
                "step": f"{name}.stopped", "expected": "value", "requests": 0, "ms": 0, "error": {"class": "stopped", "message": message},
            })  # fmt: skip

    def _step(self, name, expected, call, args, kwargs, show):
        if name in self._names:
            raise ValueError(f"two steps are called {name}")
        self._names.add(name)
        first, began = len(CALLS), time.monotonic()
        step = {"step": name, "expected": expected}
        self.steps.append(step)
        try:
            got = call(*args, **kwargs)
            step["value"] = dump(show(got))
            return got
        except Exception as error:
            step["error"] = describe(error)
            raise
        finally:
            step |= {"requests": len(CALLS) - first, "ms": round((time.monotonic() - began) * 1000)}


def describe(error):
    """An exception as a program sees it that catches it."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__.split(".")[0] in ("mlflow", "requests")]
    return {
        "class": type(error).__name__,
        "is_a": kinds,
        "error_code": getattr(error, "error_code", None),
        "status": getattr(getattr(error, "response", None), "status_code", None),
        "message": str(error),
    }
