"""What the client got back, in full, as JSON: entities by their properties, tables by their rows, bytes by digest."""

import dataclasses
import datetime
import enum
import hashlib
import math

import numpy
import pandas
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from mlflow.entities import Span, Trace
from mlflow.entities._mlflow_object import _MlflowObject
from mlflow.store.entities import PagedList

# Below this a value is shown by its class alone; entities are not nested this deep.
MAX_DEPTH = 12


def dump(value, depth=0):
    if depth > MAX_DEPTH:
        return f"<{type(value).__name__}>"

    def down(inner):
        return dump(inner, depth + 1)

    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, enum.Enum):
        return str(value)
    if isinstance(value, int):
        # Beyond 2^53 JavaScript would round it.
        return int(value) if abs(value) < 2**53 else f"int {value}"
    if isinstance(value, numpy.generic):
        return down(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()[:20]}
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, PagedList):
        return {"page": [down(item) for item in value], "more": bool(value.token)}
    if isinstance(value, (list, tuple)):
        return [down(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((down(item) for item in value), key=str)
    if isinstance(value, dict):
        return {str(key): down(item) for key, item in value.items()}
    if isinstance(value, pandas.DataFrame):
        return {"columns": [str(name) for name in value.columns], "rows": down(value.to_dict("records"))}
    if isinstance(value, (pandas.Series, pandas.Index)):
        return down(value.tolist())
    if isinstance(value, numpy.ndarray):
        return {"shape": list(value.shape), "values": down(value.tolist())}
    if isinstance(value, (Trace, Span)):
        return {"class": type(value).__name__, **down(value.to_dict())}
    if isinstance(value, Message):
        return MessageToDict(value, preserving_proto_field_name=True)
    if isinstance(value, _MlflowObject) and type(value)._properties():
        return {"class": type(value).__name__, **{key: down(item) for key, item in value}}
    if dataclasses.is_dataclass(value):
        fields = {field.name: down(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"class": type(value).__name__, **fields}
    if hasattr(value, "model_dump"):
        return {"class": type(value).__name__, **down(value.model_dump())}
    if hasattr(value, "to_dict"):
        return {"class": type(value).__name__, "value": down(value.to_dict())}
    shown = {name: down(item) for name, item in vars(value).items() if not name.startswith("_")} if hasattr(value, "__dict__") else {}
    return {"class": type(value).__name__, **shown}
