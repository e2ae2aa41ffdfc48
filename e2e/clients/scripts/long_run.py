"""A run that takes longer than its tokens live: RUN_SECONDS, with everything at once that sends requests by itself.

mlflow-tracing has no runs and no artifacts: with it the script makes traces only.
"""

import os
import tempfile
import threading
import time
from importlib.metadata import PackageNotFoundError, version

import session  # noqa: F401, first
from session import CALLS
from steps import Steps, check

import mlflow
from mlflow.tracing.client import TracingClient
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

SECONDS = float(os.environ["RUN_SECONDS"])
UPLOAD_BYTES = int(os.environ["UPLOAD_BYTES"])
EVERY = 0.25
ENDS = time.monotonic() + SECONDS


def has(package):
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


ONLY_TRACES = has("mlflow-tracing") and not has("mlflow-skinny")
steps = Steps()
if not ONLY_TRACES:
    from mlflow.tracking import MlflowClient

    client = MlflowClient()
made = {"otlp": 0, "traces": 0, "metrics": 0, "asynchronous": 0}
exported = []
experiment_id = None
run_id = None


class Recorded(OTLPSpanExporter):
    def export(self, spans):
        result = super().export(spans)
        exported.append(result)
        return result


def until_the_end(act):
    number = 0
    while time.monotonic() < ENDS:
        number += 1
        act(number)
        time.sleep(EVERY)
    return number


@steps("set up")
def _():
    global experiment_id, run_id
    name = f"long-{os.getpid()}"
    experiment_id = mlflow.set_experiment(name).experiment_id
    if not ONLY_TRACES:
        run_id = client.create_run(experiment_id).info.run_id
    # The experiment was not there: 404. Every request from here on has to succeed.
    CALLS.clear()


def otlp():
    # As OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER says: nothing here names the token.
    exporter = Recorded(
        endpoint=f"{os.environ['MLFLOW_TRACKING_URI']}/v1/traces",
        headers={"x-mlflow-experiment-id": experiment_id},
    )
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("long-run")

    def one(number):
        with tracer.start_as_current_span(f"otlp {number}"):
            pass

    made["otlp"] = until_the_end(one)
    check(set(exported) == {SpanExportResult.SUCCESS}, f"an export failed: {exported}")


def traces():
    # Made asynchronously, by MLflow's own exporter and its threads.
    @mlflow.trace(name="traced")
    def traced(number):
        return number + 1

    made["traces"] = until_the_end(traced)
    mlflow.flush_trace_async_logging()


def metrics():
    made["metrics"] = until_the_end(lambda number: client.log_metric(run_id, "m", number, step=number))


def asynchronous():
    pending = []
    made["asynchronous"] = until_the_end(
        lambda number: pending.append(client.log_metric(run_id, "a", number, step=number, synchronous=False))
    )
    for one in pending:
        one.wait()


def upload():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights.bin")
        with open(path, "wb") as file:
            file.write(os.urandom(UPLOAD_BYTES))
        begun = time.monotonic()
        client.log_artifact(run_id, path)
        made["upload_seconds"] = time.monotonic() - begun


work = [otlp, traces] if ONLY_TRACES else [otlp, traces, metrics, asynchronous, upload]
threads = [threading.Thread(target=steps(one.__name__), args=(one,)) for one in work]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()


@steps("nothing is missing")
def _():
    found, token = 0, None
    while True:
        # The client of all three packages; mlflow-tracing has no other.
        page = TracingClient().search_traces(
            [experiment_id], max_results=100, page_token=token, include_spans=False
        )
        found += len(page)
        token = page.token
        if not token:
            break
    check(found == made["otlp"] + made["traces"], f"{found} traces of {made}")
    if ONLY_TRACES:
        return
    for name, metric in (("metrics", "m"), ("asynchronous", "a")):
        stored = len(client.get_metric_history(run_id, metric))
        check(stored == made[name], f"{stored} values of {made[name]} in {name}")
    (file,) = client.list_artifacts(run_id)
    check(file.file_size == UPLOAD_BYTES, f"{file.file_size} bytes of {UPLOAD_BYTES}")


steps.report(made=made, experiment_id=experiment_id, flavour_only_traces=ONLY_TRACES, sent=len(CALLS))
