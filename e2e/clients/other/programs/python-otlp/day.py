"""Traces by OpenTelemetry's exporter for Python, plain and packed, and read again."""

import json
import os
import urllib.error
import urllib.request

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

SERVER = os.environ["MLFLOW_TRACKING_URI"]


def post(path, body):
    request = urllib.request.Request(
        SERVER + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


experiment = post("/api/2.0/mlflow/experiments/create", {"name": "otlp-python"}).get("experiment_id", "0")
for compression in (Compression.NoCompression, Compression.Gzip, Compression.Deflate):
    provider = TracerProvider()
    exporter = OTLPSpanExporter(
        endpoint=f"{SERVER}/v1/traces",
        headers={"x-mlflow-experiment-id": experiment},
        compression=compression,
        timeout=5,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("day")
    with tracer.start_as_current_span("answer", attributes={"question": "why", "tags": ["a", "b"]}):
        with tracer.start_as_current_span("look up") as child:
            child.set_attributes({"rows": 3, "share": 0.5, "ok": True})
            child.add_event("found", {"n": 1})
            child.set_status(Status(StatusCode.ERROR, "late"))
    provider.shutdown()
location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
post("/api/3.0/mlflow/traces/search", {"locations": [location], "max_results": 10})
print("the day is over")
