"""Prints descriptors.json; see README.md."""

import json

from google.protobuf import descriptor_pb2, json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2


def described(module):
    file = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    file.ClearField("options")
    file.ClearField("service")
    for message in file.message_type:
        name_fields(message)
    return json_format.MessageToDict(file)


def name_fields(message):
    """Adds the name of each field in JSON, like protoc."""
    for field in message.field:
        first, *rest = field.name.split("_")
        field.json_name = first + "".join(part.capitalize() for part in rest)
    for inner in message.nested_type:
        name_fields(inner)


modules = (common_pb2, resource_pb2, trace_pb2, trace_service_pb2)
print(json.dumps({"file": [described(module) for module in modules]}, indent=1))
