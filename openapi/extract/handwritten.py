"""Request fields of handlers that read the request by hand, without a protobuf message or a FastAPI
signature.

`verify` compares this table with the handler's source (`reads.py`): extraction fails if the table
lacks a field that the source reads, or lists one that the source does not mention. A person has
derived types and nested shapes from the source.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from .reads import Reads

STRING: dict[str, Any] = {"type": "string"}
INTEGER: dict[str, Any] = {"type": "integer", "format": "int64"}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
ANY: dict[str, Any] = {"x-mlflow-any": True}


def array(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def obj(open_: bool = False, **properties: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {"type": "object", "additionalProperties": open_}
    if open_:
        out["x-mlflow-any"] = True
    return out | {"properties": properties}


KEY_VALUE = array(obj(key=STRING, value=STRING))


@dataclass
class Field:
    name: str
    at: str  # query | json | header | auto (query on GET, JSON otherwise)
    schema: dict[str, Any] = field(default_factory=lambda: STRING)
    required: bool = False
    # First MLflow that reads it; before that the source must not mention it.
    since: str | None = None


@dataclass
class Handler:
    fields: list[Field] = field(default_factory=list)
    # Request body when it is not JSON made of `fields`: media type -> schema.
    body: dict[str, Any] | None = None
    # MLflow passes the whole body on (to a model provider): unlisted keys are kept.
    open_body: bool = False
    forwards_headers: bool = False
    # [["a", "b"]]: at least one of a and b must be given.
    required_any: list[list[str]] = field(default_factory=list)
    response: str = "json"  # json | binary | text | html
    # (location, name): the source looks it up, and the handler acts the same with every value.
    without_effect: frozenset[tuple[str, str]] = frozenset()
    # What `reads.py` cannot follow, where FastAPI's description (`openapi_extra`) gives the body.
    described: frozenset[str] = frozenset()


BINARY = {"application/octet-stream": {"type": "string", "format": "binary"}}
# The server's JSON parser also accepts `resource_spans`; OTLP has only one spelling.
OTLP = {
    "application/x-protobuf": {"type": "string", "format": "binary"},
    "application/json": obj(resourceSpans=array({"type": "object"} | ANY))
    | {"required": ["resourceSpans"]},
}

# The fields that every invocation of the AI gateway reads besides its body (`_get_request_body`, the
# telemetry decorator, the guardrail loader).
GATEWAY_HEADERS = [
    Field("Content-Encoding", "header", {"type": "string", "enum": ["zstd"]}, since="3.17"),
    Field("X-MLflow-Gateway-Caller", "header", since="3.11"),
    Field("X-MLflow-Guardrail-Bypass", "header", since="3.12"),
    Field("traceparent", "header", since="3.10"),
]


def gateway(*fields: Field) -> Handler:
    return Handler([*fields, *GATEWAY_HEADERS], open_body=True, forwards_headers=True)


# Only the value `true` has an effect: the answer is a presigned URL.
PRESIGNED = Field("presigned", "query", since="3.18")
# The decorator of all artifact handlers looks it up, for those that can sign (`allow_presigned`).
PRESIGNED_ELSEWHERE = frozenset({("query", "presigned")})
# JSON, or a form with the same JSON in the part `metadata` and an archive in the part `content`.
SKILL_VERSION = Handler(
    described=frozenset(
        {
            "json passed to _registration_from_metadata",
            "json passed to _validate_registration_metadata_size",
            "request.form",
        }
    )
)
MODEL = Field("model", "json", required=True)
STREAM = Field("stream", "json", BOOLEAN)

_H = "mlflow.server.handlers."
_G = "mlflow.server.gateway_api."
_S = "mlflow.server.skill_registry_api."

HANDLERS: dict[str, Handler] = {
    "mlflow.server.health": Handler(response="text"),
    "mlflow.server.version": Handler(response="text"),
    "mlflow.server.serve": Handler(response="html"),
    "mlflow.server.serve_static_file": Handler(response="binary"),
    "flask.app.<lambda>": Handler(response="binary"),
    _H + "get_artifact_handler": Handler(
        [
            Field("run_id", "query"),
            Field("run_uuid", "query"),
            Field("path", "query", required=True),
        ],
        required_any=[["run_id", "run_uuid"]],
        response="binary",
        without_effect=PRESIGNED_ELSEWHERE,
    ),
    _H + "get_model_version_artifact_handler": Handler(
        [
            Field("name", "query", required=True),
            Field("version", "query", required=True),
            Field("path", "query", required=True),
            PRESIGNED,
        ],
        response="binary",
    ),
    _H + "get_logged_model_artifact_handler": Handler(
        [Field("artifact_file_path", "query", required=True), PRESIGNED], response="binary"
    ),
    _H + "get_trace_artifact_handler": Handler(
        [Field("request_id", "query", required=True), Field("path", "query", since="3.11")],
        response="binary",
    ),
    _H + "upload_artifact_handler": Handler(
        [
            Field("run_uuid", "query"),
            Field("run_id", "query", since="3.18"),
            Field("path", "query", required=True),
        ],
        required_any=[["run_id", "run_uuid"]],
        body=BINARY,
        without_effect=PRESIGNED_ELSEWHERE,
    ),
    _H + "get_metric_history_bulk_handler": Handler(
        [
            Field("run_id", "query", array(STRING), required=True),
            Field("metric_key", "query", required=True),
            Field("max_results", "query", INTEGER),
        ]
    ),
    _H + "gateway_proxy_handler": Handler(
        [Field("gateway_path", "auto", required=True), Field("json_data", "auto", ANY)]
    ),
    _H + "create_promptlab_run_handler": Handler(
        [
            Field("experiment_id", "json", required=True),
            Field("run_name", "json"),
            Field("tags", "json", KEY_VALUE),
            Field("prompt_template", "json", required=True),
            Field("prompt_parameters", "json", KEY_VALUE, required=True),
            Field("model_route", "json", required=True),
            Field("model_parameters", "json", KEY_VALUE),
            Field("model_input", "json", required=True),
            Field("model_output", "json"),
            Field("model_output_parameters", "json", KEY_VALUE),
            Field("mlflow_version", "json", required=True),
            Field("user_id", "json"),
            Field("start_time", "json", INTEGER),
        ]
    ),
    _H + "post_ui_telemetry_handler": Handler(
        [
            Field(
                "records",
                "json",
                array(
                    obj(
                        open_=True,
                        event_name=STRING,
                        timestamp_ns=INTEGER,
                        params=ANY,
                        installation_id=STRING,
                        session_id=STRING,
                    )
                ),
            )
        ]
    ),
    _H + "_graphql": Handler(
        [
            Field("query", "json", required=True),
            Field("variables", "json", ANY),
            Field("operationName", "json"),
        ]
    ),
    _H + "_list_supported_models": Handler([Field("provider", "query")]),
    _H + "_get_provider_config": Handler([Field("provider", "query")]),
    _H + "_invoke_scorer_handler": Handler(
        [
            Field("experiment_id", "json", required=True),
            Field("serialized_scorer", "json", required=True),
            Field("scorer_name", "json", since="3.17"),
            Field("scorer_version", "json", INTEGER, since="3.17"),
            Field("trace_ids", "json", array(STRING), required=True),
            Field("log_assessments", "json", BOOLEAN),
        ]
    ),
    _H + "_invoke_issue_detection_handler": Handler(
        [
            Field("experiment_id", "json", required=True),
            Field("trace_ids", "json", array(STRING), required=True),
            Field("categories", "json", array(STRING), required=True),
            Field("instructions", "json", since="3.18"),
            Field("provider", "json", required=True),
            Field("model", "json"),
            Field("secret_id", "json"),
            Field("endpoint_name", "json"),
        ]
    ),
    _H + "_sync_issue_detection_schedule_state_handler": Handler(
        [Field("experiment_id", "json", required=True)]
    ),
    _H + "_invoke_genai_evaluate_handler": Handler(
        [
            Field("experiment_id", "json", required=True),
            Field("trace_ids", "json", array(STRING), required=True),
            Field("serialized_scorers", "json", array(STRING), required=True),
            Field(
                "scorer_versions",
                "json",
                array({"type": ["integer", "null"], "format": "int64"}),
                since="3.15",
            ),
        ]
    ),
    _H + "_generate_demo": Handler([Field("features", "json", array(STRING))]),
    _H + "_get_online_scoring_configs": Handler(
        [Field("scorer_ids", "query", array(STRING), required=True)]
    ),
    _H + "_upsert_online_scoring_config": Handler(
        [
            Field("experiment_id", "json", required=True),
            Field("name", "json", required=True),
            Field("sample_rate", "json", {"type": "number", "format": "double"}, required=True),
            Field("filter_string", "json", {"type": ["string", "null"]}),
        ]
    ),
    _H + "_upload_artifact": Handler(body=BINARY),
    _H + "_download_artifact": Handler(response="binary"),
    # Protobuf handlers that read more than their message.
    _H + "_get_logged_model": Handler([Field("allow_deleted", "query", BOOLEAN, since="3.9")]),
    _H + "_delete_workspace_handler": Handler(
        [
            Field(
                "mode",
                "query",
                {"type": "string", "enum": ["SET_DEFAULT", "CASCADE", "RESTRICT"]},
                since="3.10",
            )
        ]
    ),
    # FastAPI routes that read the Request themselves.
    "mlflow.server.server_info_api.health": Handler(response="text"),
    "mlflow.server.artifact_router.download_artifact": Handler(response="binary"),
    "mlflow.server.artifact_router.upload_artifact": Handler(body=BINARY),
    "mlflow.server.otel_api.export_traces": Handler(body=OTLP),
    _S + "create_skill_version": SKILL_VERSION,
    _S + "create_organization_skill_version": SKILL_VERSION,
    _G + "invocations": gateway(
        # `messages` makes it a chat request, `input` an embeddings request.
        Field("messages", "json", ANY),
        Field("input", "json", ANY),
    ),
    _G + "chat_completions": gateway(MODEL),
    _G + "openai_passthrough_chat": gateway(MODEL, STREAM),
    _G + "openai_passthrough_embeddings": gateway(MODEL),
    _G + "openai_passthrough_responses": gateway(MODEL, STREAM),
    _G + "openai_passthrough_responses_compact": gateway(MODEL, STREAM),
    _G + "anthropic_passthrough_messages": gateway(MODEL, STREAM),
    _G + "typesafe_passthrough_system_one": gateway(MODEL, STREAM),
    _G + "gemini_passthrough_generate_content": gateway(),
    _G + "gemini_passthrough_stream_generate_content": gateway(),
    _G + "raw_proxy": gateway(),
}

EMPTY = Handler()


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in version.split(".")[:2])


def handler_for(dotted: str, version: str) -> Handler:
    """The table's entry, with the fields that this MLflow version has."""
    entry = HANDLERS.get(dotted, EMPTY)
    fields = [f for f in entry.fields if not f.since or _number(f.since) <= _number(version)]
    return replace(entry, fields=fields)


def verify(dotted: str, entry: Handler, reads: Reads, known: set[tuple[str, str]]) -> list[str]:
    """Problems of `entry`; `known` has each (location, name) that protobuf or FastAPI describes."""
    problems = []
    for location, name in unlisted(entry, reads, known):
        kind = "header" if location == "header" else f"{location} field"
        problems.append(f"{dotted}: reads {kind} {name!r}, which is not listed")
    for f in unmentioned(entry, reads):
        problems.append(f"{dotted}: {f.name!r} is listed, but the source does not mention it")
    if reads.raw_body and entry.body is None:
        problems.append(f"{dotted}: reads the raw body, and the table gives none")
    # A handler may pass the whole request on only if the body is open.
    if reads.opaque and not entry.open_body:
        problems.extend(f"{dotted}: {what}" for what in sorted(reads.opaque - entry.described))
    return problems


def unlisted(entry: Handler, reads: Reads, known: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The (location, name) of each field that the source reads, and neither `entry` nor `known` has."""
    found = []
    listed = {(at, f.name): f.schema for f in entry.fields for at in _locations(f.at)}
    for location, dotted_name in sorted(reads.fields):
        root, _, rest = dotted_name.partition(".")
        root = root.removesuffix("[]")
        places = ("query", "json") if location == "any" else (location,)
        if location == "header":
            known_names = {n.lower() for at, n in known if at == "header"}
            known_names |= {n.lower() for at, n in listed if at == "header"}
            if root.lower() not in known_names:
                found.append((location, root))
            continue
        if any((at, root) in known or (at, root) in entry.without_effect for at in places):
            continue
        schema = next((listed[at, root] for at in places if (at, root) in listed), None)
        if schema is None or (rest and not _covers(schema, rest)):
            found.append((location, dotted_name))
    return found


def unmentioned(entry: Handler, reads: Reads) -> list[Field]:
    """The fields of `entry` with names that the source does not contain."""
    constants = {c.lower() for c in reads.constants}
    return [
        f
        for f in entry.fields
        if (f.name.lower() not in constants if f.at == "header" else f.name not in reads.constants)
    ]


def _locations(at: str) -> tuple[str, ...]:
    return ("query", "json") if at == "auto" else (at,)


def _covers(schema: dict[str, Any], rest: str) -> bool:
    """Whether a nested name such as `key` (below an array) is in the schema."""
    while schema.get("type") == "array":
        schema = schema["items"]
    if set(schema) == {"x-mlflow-any"}:
        return True
    name, _, deeper = rest.partition(".")
    child = schema.get("properties", {}).get(name.removesuffix("[]"))
    return child is not None and (not deeper or _covers(child, deeper))
