"""Protobuf services and messages -> JSON Schema."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as F

WELL_KNOWN = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    # Names of fields with commas between them (https://protobuf.dev/programming-guides/json/).
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Duration": {"type": "string", "x-mlflow-format": "duration"},
    # Arbitrary JSON of unknown shape.
    "google.protobuf.Struct": {"x-mlflow-any": True},
    "google.protobuf.Value": {"x-mlflow-any": True},
    "google.protobuf.ListValue": {"x-mlflow-any": True},
    "google.protobuf.Any": {"x-mlflow-any": True},
}

SCALARS = {
    F.TYPE_DOUBLE: {"type": "number", "format": "double"},
    F.TYPE_FLOAT: {"type": "number", "format": "float"},
    F.TYPE_INT64: {"type": "integer", "format": "int64"},
    F.TYPE_SINT64: {"type": "integer", "format": "int64"},
    F.TYPE_SFIXED64: {"type": "integer", "format": "int64"},
    F.TYPE_UINT64: {"type": "integer", "format": "uint64"},
    F.TYPE_FIXED64: {"type": "integer", "format": "uint64"},
    F.TYPE_INT32: {"type": "integer", "format": "int32"},
    F.TYPE_SINT32: {"type": "integer", "format": "int32"},
    F.TYPE_SFIXED32: {"type": "integer", "format": "int32"},
    F.TYPE_UINT32: {"type": "integer", "format": "uint32"},
    F.TYPE_FIXED32: {"type": "integer", "format": "uint32"},
    F.TYPE_BOOL: {"type": "boolean"},
    F.TYPE_STRING: {"type": "string"},
    F.TYPE_BYTES: {"type": "string", "format": "byte"},
}


@dataclass
class Rpc:
    service: str  # short name, as in the .proto file
    name: str
    title: str
    request: Any  # message descriptor
    response: Any
    endpoints: list[tuple[str, str]]  # (method, Flask rule), every mount


def is_repeated(field) -> bool:
    # `label` is gone from newer protobuf releases, `is_repeated` is missing from older ones.
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return field.label == F.LABEL_REPEATED


def is_map(field) -> bool:
    return field.type == F.TYPE_MESSAGE and field.message_type.GetOptions().map_entry


def rpcs(handlers) -> list[Rpc]:
    """Every rpc of the services in MLflow's handlers module, with the rules of its mounts.

    The caller must check with the application which rules are served.
    """
    option = handlers.databricks_pb2.rpc
    services = [
        value
        for _, value in sorted(vars(handlers).items())
        if isinstance(value, type)
        and type(getattr(value, "DESCRIPTOR", None)).__name__ == "ServiceDescriptor"
    ]
    out = []
    for service in services:
        for method in service.DESCRIPTOR.methods:
            rpc = method.GetOptions().Extensions[option]
            endpoints = [
                (endpoint.method, rule)
                for endpoint in rpc.endpoints
                for rule in _rules(handlers, endpoint)
            ]
            out.append(
                Rpc(
                    service=service.DESCRIPTOR.name,
                    name=method.name,
                    title=rpc.rpc_doc_title,
                    request=method.input_type,
                    response=method.output_type,
                    endpoints=endpoints,
                )
            )
    return out


def _rules(handlers, endpoint) -> list[str]:
    try:
        return handlers._get_paths(endpoint.path, version=endpoint.since.major)
    except TypeError:  # before 3.5 there was one API version
        return handlers._get_paths(endpoint.path)


class Schemas:
    """Collects component schemas for the messages that operations reach."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def ref(self, message) -> dict[str, Any]:
        if message.full_name in WELL_KNOWN:
            return dict(WELL_KNOWN[message.full_name])
        if message.full_name not in self.components:
            self.components[message.full_name] = schema = {}
            schema.update(self._message(message))
        return {"$ref": f"#/components/schemas/{message.full_name}"}

    def _message(self, message) -> dict[str, Any]:
        fields = sorted(message.fields, key=lambda f: f.number)
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {f.name: self.field(f) for f in fields},
        }

    def field(self, field) -> dict[str, Any]:
        if is_map(field):
            value = field.message_type.fields_by_name["value"]
            schema = {"type": "object", "additionalProperties": self._item(value)}
        elif is_repeated(field):
            schema = {"type": "array", "items": self._item(field)}
        else:
            schema = self._item(field)
        if field.GetOptions().deprecated:
            schema["deprecated"] = True
        oneof = field.containing_oneof
        # The compiler writes an `optional` of proto3 as a oneof with one field.
        if oneof is not None and not oneof.name.startswith("_"):
            schema["x-mlflow-oneof"] = oneof.name
        return schema

    def _item(self, field) -> dict[str, Any]:
        if field.type in (F.TYPE_MESSAGE, F.TYPE_GROUP):
            return self.ref(field.message_type)
        if field.type == F.TYPE_ENUM:
            return _enum(field.enum_type)
        return dict(SCALARS[field.type])


def _enum(enum) -> dict[str, Any]:
    """Protobuf's JSON accepts the number of a value in place of its name."""
    numbers = [v.number for v in enum.values]
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"{enum.full_name}: two names have one number")
    return {"type": "string", "enum": [v.name for v in enum.values], "x-mlflow-numbers": numbers}
