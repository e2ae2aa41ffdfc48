"""Tracing: decorators, spans, tags, search, feedback and expectations, links, async export, delete."""

import asyncio
import json

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, Document, Expectation, Feedback, SpanEvent, SpanType


@mlflow.trace(span_type=SpanType.CHAIN, attributes={"who": "alice"})
def answer(question):
    with mlflow.start_span("look-up", span_type=SpanType.RETRIEVER) as span:
        span.set_inputs({"question": question})
        span.set_attributes({"k": 3, "nested": {"a": [1, 2]}})
        span.add_event(SpanEvent("asked", attributes={"n": 1}))
        span.set_outputs([Document(page_content="p", metadata={"doc_uri": "u"})])
    return f"{question}!"


@mlflow.trace
def fails(question):
    raise ValueError(f"no answer to {question}")


@mlflow.trace
def stream(count):
    yield from range(count)


@mlflow.trace(name="async-answer")
async def later(question):
    await asyncio.sleep(0)
    return question


def by_request(traces):
    return sorted(traces, key=lambda trace: (trace.info.request_preview or "", trace.info.trace_id))


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    experiment_id = day.ids["experiment_id"]
    trace_ids = day.ids["trace_ids"]

    def made():
        mlflow.flush_trace_async_logging()
        trace_ids.append(mlflow.get_last_active_trace_id())
        return trace_ids[-1]

    for question in ("one", "two"):
        ask(f"traces.decorated {question}", answer, question)
        ask(f"traces.get {question}", mlflow.get_trace, made())
    try:
        fails("three")
    except ValueError:
        ask("traces.get failed", mlflow.get_trace, made())
    ask("traces.stream", lambda: list(stream(3)))
    ask("traces.get stream", mlflow.get_trace, made())
    ask("traces.async", lambda: asyncio.run(later("four")))
    ask("traces.get async", mlflow.get_trace, made())

    @mlflow.trace(name="updated")
    def updated():
        mlflow.update_current_trace(tags={"live": "yes"}, metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "bob"}, client_request_id="req-7", request_preview="short", response_preview="shorter")
        return "x"

    ask("traces.updated while running", updated)
    ask("traces.get updated", mlflow.get_trace, made())
    with mlflow.start_run(run_name="traced") as run:
        day.ids["run_ids"].append(run.info.run_id)
        answer("in a run")
        in_run = made()
    ask("traces.get in a run", mlflow.get_trace, in_run)
    root = ask("traces.manual", client.start_trace, "manual", inputs={"a": 1}, tags={"by": "hand"})
    child = ask("traces.manual span", client.start_span, "child", trace_id=root.trace_id, parent_id=root.span_id, inputs={"b": 2}, span_type=SpanType.TOOL)
    ask("traces.manual span end", client.end_span, root.trace_id, child.span_id, outputs={"c": 3}, status="OK")
    ask("traces.manual end", client.end_trace, root.trace_id, outputs={"d": 4})
    mlflow.flush_trace_async_logging()
    trace_ids.append(root.trace_id)
    ask("traces.manual get", client.get_trace, root.trace_id)
    detached = mlflow.start_span_no_context("detached", inputs={"x": 1}, tags={"by": "hand"})
    mlflow.start_span_no_context("inner", parent_span=detached).end()
    detached.end(outputs=2)
    mlflow.flush_trace_async_logging()
    trace_ids.append(detached.trace_id)
    ask("traces.detached get", mlflow.get_trace, detached.trace_id)
    ask("traces.log", mlflow.log_trace, name="logged", request="q", response="a", tags={"kind": "logged"}, start_time_ms=1_700_000_000_000, execution_time_ms=1234, show=lambda got: trace_ids.append(got) or got)
    mlflow.flush_trace_async_logging()
    ask("traces.logged get", mlflow.get_trace, trace_ids[-1])

    first, second = trace_ids[:2]
    ask("traces.tag", mlflow.set_trace_tag, first, "good", "yes")
    ask("traces.tag by client", client.set_trace_tag, first, "release.version", "2")
    ask("traces.tag more", client.set_trace_tag, first, "gone", "x")
    ask("traces.untag", mlflow.delete_trace_tag, first, "gone")
    refused("traces.untag what is not there", client.delete_trace_tag, first, "gone")
    refused("traces.tag a missing trace", client.set_trace_tag, "tr-" + "0" * 32, "a", "1")
    refused("traces.get missing by client", client.get_trace, "tr-" + "0" * 32)
    ask("traces.get missing", mlflow.get_trace, "tr-" + "0" * 32)

    human = AssessmentSource(source_type="HUMAN", source_id="alice")
    code = AssessmentSource(source_type="CODE", source_id="check.py")
    good = ask("assessments.feedback", mlflow.log_feedback, trace_id=first, name="correct", value=True, rationale="it is", source=human, metadata={"m": "1"})
    ask("assessments.feedback number", mlflow.log_feedback, trace_id=first, name="score", value=0.75, source=code)
    ask("assessments.feedback list", mlflow.log_feedback, trace_id=first, name="words", value=["a", "b"])
    ask("assessments.feedback error", mlflow.log_feedback, trace_id=first, name="broken", error=ValueError("no judge"))
    span_id = mlflow.get_trace(first).data.spans[1].span_id
    ask("assessments.feedback on a span", mlflow.log_feedback, trace_id=first, name="relevant", value="yes", span_id=span_id)
    expected = ask("assessments.expectation", mlflow.log_expectation, trace_id=first, name="answer", value={"text": "one!"}, source=human)
    ask("assessments.log", mlflow.log_assessment, second, Feedback(name="later", value=1, source=code))
    ask("assessments.get", mlflow.get_assessment, first, good.assessment_id)
    ask("assessments.update", mlflow.update_assessment, first, good.assessment_id, Feedback(name="correct", value=False, rationale="no", source=human))
    ask("assessments.update expectation", mlflow.update_assessment, first, expected.assessment_id, Expectation(name="answer", value="1!", source=human))
    over = ask("assessments.override", mlflow.override_feedback, trace_id=first, assessment_id=good.assessment_id, value=True, rationale="after all")
    ask("assessments.after", mlflow.get_trace, first, show=lambda got: sorted(got.info.assessments, key=lambda item: (item.name, item.create_time_ms)))
    ask("assessments.delete", mlflow.delete_assessment, first, over.assessment_id)
    ask("assessments.after delete", mlflow.get_assessment, first, good.assessment_id)
    refused("assessments.get missing", mlflow.get_assessment, first, "a-" + "0" * 32)
    refused("assessments.feedback on a missing trace", mlflow.log_feedback, trace_id="tr-" + "0" * 32, name="x", value=1)

    def search(name, text=None, **options):
        return ask(f"traces.search {name}", client.search_traces, locations=[experiment_id], filter_string=text, show=by_request, **options)

    search("all", max_results=100)
    search("tag", "tags.good = 'yes'")
    search("tag in backticks", "tags.`release.version` = '2'")
    search("name", "trace.name = 'answer'")
    search("name like", "name LIKE 'man%'")
    search("status", "trace.status = 'ERROR'")
    search("time", "timestamp_ms < 1700000000001")
    search("execution", "execution_time_ms = 1234")
    search("metadata", "metadata.`mlflow.trace.session` = 's-1'")
    search("client request", "client_request_id = 'req-7'")
    search("span", "span.name = 'look-up'")
    search("span type", "span.type = 'TOOL'")
    search("span attribute", "span.attributes.k = '3'")
    search("feedback", "feedback.score = '0.75'")
    search("feedback of a name", "feedback.later IS NOT NULL")
    search("expectation", "expectation.answer = '1!'")
    search("run", f"attributes.run_id = '{run.info.run_id}'")
    search("text", "trace.text LIKE '%two%'")
    search("none", "tags.good = 'no'")
    search("without spans", "tags.good = 'yes'", include_spans=False)
    refused("traces.search nonsense", client.search_traces, locations=[experiment_id], filter_string="colour = 'red'")
    refused("traces.search or", client.search_traces, locations=[experiment_id], filter_string="name = 'a' OR name = 'b'")
    refused("traces.search order nonsense", client.search_traces, locations=[experiment_id], order_by=["colour ASC"])
    order = ["timestamp_ms ASC"]
    page = ask("traces.page 1", client.search_traces, locations=[experiment_id], max_results=3, order_by=order)
    ask("traces.page 2", client.search_traces, locations=[experiment_id], max_results=3, order_by=order, page_token=page.token)
    ask("traces.search table", mlflow.search_traces, locations=[experiment_id], filter_string="tags.good = 'yes'", include_spans=False, show=lambda got: got.assign(trace=got.trace.map(json.loads)))
    ask("traces.search missing experiment", client.search_traces, locations=["987654321"])
    ask("traces.sessions", mlflow.search_sessions, locations=[experiment_id], show=lambda got: [[trace.info.trace_id for trace in session.traces] if hasattr(session, "traces") else session for session in got])

    ask("traces.link to a run", client.link_traces_to_run, [second], day.ids["run_id"])
    search("linked run", f"attributes.run_id = '{day.ids['run_id']}'")
    refused("traces.unlink", client.unlink_traces_from_run, [second], day.ids["run_id"])
    search("unlinked run", f"attributes.run_id = '{day.ids['run_id']}'")
    ask("traces.link prompts", client.link_prompt_versions_to_trace, [mlflow.genai.load_prompt("prompts:/greeting/1")], second)
    ask("traces.linked prompts", mlflow.get_trace, second, show=lambda got: got.info.tags)
    with mlflow.start_span("exported") as span:
        span.set_inputs("x" * 200_000)
    ask("traces.large", mlflow.get_trace, made(), show=lambda got: len(got.data.spans[0].inputs))
    day.attempt("traces.delete what is not there", client.delete_traces, experiment_id, trace_ids=["tr-" + "0" * 32])
    ask("traces.delete", client.delete_traces, experiment_id, trace_ids=[trace_ids.pop()])
    ask("traces.delete old", client.delete_traces, experiment_id, max_timestamp_millis=1_700_000_000_001, max_traces=10)
    trace_ids.pop()
    search("after deleting", max_results=100)
    refused("traces.delete nothing said", client.delete_traces, experiment_id)
