"""Requirements of logged models are left at what the client falls back to.

It would run each model in a process of its own to see what that imports: many seconds, asking no server.
"""

import mlflow.keras.save
import mlflow.models


def _fallback(model_uri, flavor, fallback=None, **_):
    return fallback


def leave_uninferred():
    mlflow.models.infer_pip_requirements = _fallback
    mlflow.keras.save.infer_pip_requirements = _fallback
