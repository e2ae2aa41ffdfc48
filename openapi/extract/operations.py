"""Routes + protobuf + handlers -> the operations of one MLflow version."""

import inspect
from typing import Any

from . import decisions, names, templates
from .app import Server
from .fastapi_schema import IGNORED_HEADERS, FastapiSchema
from .handwritten import Handler, handler_for, verify
from .protos import Rpc, Schemas, is_repeated, rpcs
from .reads import Reads, reads_of, unwrap
from .routes import Route, served_routes
from .sources import Source, Sources
from .where import Where

JSON = "application/json"


class ExtractionError(Exception):
    pass


def dotted(function) -> str:
    return f"{function.__module__}.{function.__name__}"


def extract(server: Server, tolerant: bool = False) -> dict[str, Any]:
    """The intermediate form: routes, operations and schemas of one version.

    With `tolerant`, what `handwritten.py` lacks is in `decisions`; else it is an `ExtractionError`.
    """
    return _Extraction(server, tolerant).run()


class _Extraction:
    def __init__(self, server: Server, tolerant: bool = False) -> None:
        self.server = server
        self.tolerant = tolerant
        self.decisions: list[dict[str, Any]] = []
        self.sources = Sources(server.package)
        self.where = Where(server.package, self.sources)
        self.handlers: dict[str, list[Source]] = {}
        self.schemas = Schemas()
        self.fastapi = FastapiSchema(server.fastapi)
        self.problems: list[str] = []

    def run(self) -> dict[str, Any]:
        routes = served_routes(self.server)
        groups = self._group(routes)
        operations = {}
        for (method, _), members in groups.items():
            operation = self._operation(method, members)
            if operation["operationId"] in operations:
                self.problems.append(f"two operations are called {operation['operationId']}")
            operations[operation["operationId"]] = operation
        if self.problems:
            raise ExtractionError("\n".join(sorted(set(self.problems))))
        by_route = {
            (o["method"], templates.plain(path)): o["operationId"]
            for o in operations.values()
            for path in o["mounts"]
        }
        return {
            "mlflow": self.server.version,
            "routes": [
                {
                    "method": r.method,
                    "path": r.path,
                    "operation": by_route[r.method, templates.plain(r.path)],
                }
                for r in routes
            ],
            "operations": dict(sorted(operations.items())),
            "decisions": self.decisions,
            "sources": graph(self.sources, self.handlers),
            "schemas": dict(sorted({**self.schemas.components, **self.fastapi.components}.items())),
        }

    def _group(self, routes: list[Route]) -> dict[tuple[str, Any], list[tuple[Route, Rpc | None]]]:
        """Mounts of one operation: same method and same rpc, or same handler."""
        by_rule: dict[tuple[str, str], Rpc] = {}
        by_message: dict[tuple[str, str], Rpc] = {}
        for rpc in rpcs(self.server.handlers):
            for method, rule in rpc.endpoints:
                by_rule.setdefault((method, rule), rpc)
                by_message.setdefault((method, rpc.request.name), rpc)
        known, unknown = [], []
        for route in routes:
            rpc = by_rule.get((route.method, route.rule)) if route.framework == "flask" else None
            (known if rpc else unknown).append((route, rpc))
        groups: dict[tuple[str, Any], list] = {}
        for route, rpc in known:
            groups.setdefault((route.method, (rpc.service, rpc.name)), []).append((route, rpc))
        for route, _ in unknown:
            # The UI has its own routes to some rpcs (search-datasets): their handlers parse
            # the rpc's message.
            handler = unwrap(route.endpoint)
            messages = sorted(reads_of(handler).messages) if route.framework == "flask" else []
            found = [by_message.get((route.method, m)) for m in messages]
            rpc = next((r for r in found if r is not None), None)
            key = (rpc.service, rpc.name) if rpc else dotted(handler)
            groups.setdefault((route.method, key), []).append((route, rpc))
        self.methods: dict[Any, set[str]] = {}
        for method, key in groups:
            self.methods.setdefault(key, set()).add(method)
        return groups

    def _operation(self, method: str, members: list[tuple[Route, Rpc | None]]) -> dict[str, Any]:
        mounts = sorted((r.path for r, _ in members), key=templates.preference)
        canonical = mounts[0]
        route, rpc = next((r, p) for r, p in members if r.path == canonical)
        handler = unwrap(route.endpoint)
        name = dotted(handler)
        reads = reads_of(handler)
        # The decorators of the outermost function count too (telemetry reads headers).
        reads.add(reads_of(route.endpoint))
        entry = handler_for(name, self.server.version)
        key = (rpc.service, rpc.name) if rpc else name

        operation_id = names.operation_id(*(key if rpc else (None, None)), name)
        if method == "GET" and "POST" in self.methods[key]:
            operation_id += "ByGet"

        path_params = [
            {"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
            | ({"x-mlflow-path": True} if catch_all else {})
            for n, catch_all in templates.params(canonical)
        ]
        out: dict[str, Any] = {
            "operationId": operation_id,
            "method": method,
            "mounts": mounts,
            "tag": names.group(canonical),
            "summary": names.summary(operation_id, rpc.title if rpc else None),
            "source": {"framework": route.framework, "handler": name}
            | ({"proto": f"{rpc.service}/{rpc.name}"} if rpc else {}),
        }
        if route.order is not None:
            out["order"] = route.order
        if handler.__name__ == "_not_implemented":
            out["notImplemented"] = True
        if entry.forwards_headers:
            out["forwardsHeaders"] = True

        shapes = {tuple(templates.params(m)) for m in mounts}
        if len(shapes) > 1:
            self.problems.append(f"{operation_id}: mounts differ in their parameters: {mounts}")

        if rpc is not None and not (reads.raw_body and not reads.proto):
            self._proto_request(out, method, rpc, reads, entry, name)
        elif route.framework == "fastapi":
            self._fastapi_request(out, method, templates.plain(canonical), reads, entry, name)
        else:
            self._flask_request(out, method, reads, entry, name, operation_id)
        out["parameters"] = path_params + sorted(
            out.get("parameters", []), key=lambda p: p["in"] == "header"
        )
        out["response"] = self._response(method, route, rpc, entry, canonical)
        self.handlers[operation_id] = self._sources(members)
        fields = [f.name for f in rpc.request.fields] if rpc else []
        out["where"] = self.where.of(self.handlers[operation_id], reads, fields)
        return out

    def _sources(self, members: list[tuple[Route, Rpc | None]]) -> list[Source]:
        """The handlers of all mounts, and the functions around them that the routes name."""
        found = {}
        for route, _ in members:
            for function in (unwrap(route.endpoint), inspect.unwrap(route.endpoint)):
                source = self.sources.find(function.__module__, function.__name__)
                if source is not None:
                    found[source.key] = source
        return list(found.values())

    def _verify(self, method: str, name: str, entry: Handler, reads: Reads, known: set[tuple[str, str]]) -> None:
        if not self.tolerant:
            self.problems += verify(name, entry, reads, known)
            return
        for decision in decisions.complete(name, method, entry, reads, known, self.server.version):
            self.decisions.append(decision | {"place": self.where.place(decision["place"])})

    def _proto_request(self, out, method, rpc: Rpc, reads: Reads, entry: Handler, name: str):
        at = "query" if method == "GET" else "json"
        fields = sorted(rpc.request.fields, key=lambda f: f.number)
        known = {(at, f.name) for f in fields} | {("any", f.name) for f in fields}
        # `_log_batch` also reads the JSON to check it before it is parsed.
        reads.opaque.discard("json passed to _validate_batch_log_api_req")
        self._verify(method, name, entry, reads, known)
        # A handler that reads the query by hand reads fewer fields of a JSON body on GET, and other
        # spellings.
        if reads.proto and not any(location == "query" for location, _ in reads.fields):
            out["message"] = True
        required, alternatives = self._required(rpc, reads)
        parameters = []
        if method == "GET":
            for f in fields:
                parameter = {"name": f.name, "in": "query"}
                if f.name in required:
                    parameter["required"] = True
                schema = self.schemas.field(f)
                if f.name in reads.json_strings:
                    schema["contentMediaType"] = JSON
                if schema.pop("deprecated", False):
                    parameter["deprecated"] = True
                if is_repeated(f):
                    parameter |= {"style": "form", "explode": True}
                parameters.append(parameter | {"schema": schema})
        else:
            ref = self.schemas.ref(rpc.request)
            component = self.schemas.components.get(rpc.request.full_name)
            if component is not None:
                _require(component, required, alternatives)
                for field_name in reads.json_strings & set(component["properties"]):
                    component["properties"][field_name]["contentMediaType"] = JSON
            out["requestBody"] = {"required": bool(required), "content": {JSON: {"schema": ref}}}
        # If the handler reads a path parameter from the message, the one in the path has no effect.
        in_path = {n for n, _ in templates.params(out["mounts"][0])}
        if in_body := sorted(in_path & reads.message_fields):
            out["bodyBeatsPath"] = in_body
        if alternatives:
            out["requiredAny"] = alternatives
        out["parameters"] = parameters + _parameters(entry, method)

    def _required(self, rpc: Rpc, reads: Reads) -> tuple[list[str], list[list[str]]]:
        fields = {f.name for f in rpc.request.fields}
        required = [f.name for f in rpc.request.fields if f.name in reads.required]
        # `_validate_request_json_with_schema` accepts run_uuid in place of a required run_id.
        if "run_id" in required and "run_uuid" in fields:
            required.remove("run_id")
            return required, [["run_id", "run_uuid"]]
        return required, []

    def _fastapi_request(self, out, method, path, reads: Reads, entry: Handler, name: str):
        parameters = self.fastapi.parameters(path, method)
        known = {(p["in"], p["name"]) for p in parameters}
        known |= {("json", f) for f in self.fastapi.body_fields(path, method)}
        known |= {("header", h) for h in IGNORED_HEADERS}
        self._verify(method, name, entry, reads, known)
        listed = {p["name"].lower() for p in _parameters(entry, method)}
        out["parameters"] = [p for p in parameters if p["name"].lower() not in listed]
        out["parameters"] += _parameters(entry, method)
        body = self.fastapi.body(path, method)
        if body:
            out["nulls"] = True
        else:
            body = self._body(entry, method, out["operationId"])
        if body:
            out["requestBody"] = body

    def _flask_request(self, out, method, reads: Reads, entry: Handler, name: str, operation_id):
        self._verify(method, name, entry, reads, set())
        out["parameters"] = _parameters(entry, method)
        if entry.required_any:
            out["requiredAny"] = entry.required_any
        body = self._body(entry, method, operation_id)
        if body and method == "GET":
            # GraphQL reads a JSON body with every method; OpenAPI gives it no meaning on GET.
            out["bodyOnGet"] = True
        elif body:
            out["requestBody"] = body

    def _body(self, entry: Handler, method: str, operation_id: str) -> dict[str, Any] | None:
        if entry.body is not None:
            content = {media: {"schema": schema} for media, schema in entry.body.items()}
            return {"required": True, "content": content}
        fields = [f for f in entry.fields if _location(f, method) == "json"]
        if not fields and not entry.open_body:
            return None
        schema: dict[str, Any] = {"type": "object", "additionalProperties": entry.open_body}
        if entry.open_body:
            schema["x-mlflow-any"] = True
        schema["properties"] = {f.name: f.schema for f in fields}
        required = [f.name for f in fields if f.required]
        if required:
            schema["required"] = required
        component = "handwritten." + operation_id[0].upper() + operation_id[1:]
        self.schemas.components[component] = schema
        ref = {"$ref": f"#/components/schemas/{component}"}
        return {"required": bool(required) or entry.open_body, "content": {JSON: {"schema": ref}}}

    def _response(self, method, route: Route, rpc: Rpc | None, entry: Handler, path: str):
        if entry.response == "binary":
            return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        if entry.response in ("text", "html"):
            media = {"text": "text/plain", "html": "text/html"}[entry.response]
            return {media: {"schema": {"type": "string"}}}
        if rpc is not None:
            return {JSON: {"schema": self.schemas.ref(rpc.response)}}
        if route.framework == "fastapi":
            described = self.fastapi.response(templates.plain(path), method)
            if described:
                return described
        return {JSON: {"schema": {"type": "object", "x-mlflow-any": True}}}


def graph(sources: Sources, handlers: dict[str, list[Source]]) -> dict[str, Any]:
    """Digests of the functions that the operations reach, and which calls which; calls are positions in `functions`."""
    reached = {s.key: s for found in handlers.values() for h in found for s in sources.closure(h)}
    keys = sorted(reached)
    position = {key: at for at, key in enumerate(keys)}
    return {
        "functions": [
            [s.file, s.name, s.line, s.digest, [position[c.key] for c in sources.calls(s)]]
            for s in (reached[key] for key in keys)
        ],
        "operations": {o: sorted(position[h.key] for h in handlers[o]) for o in sorted(handlers)},
    }


def _location(field, method: str) -> str:
    if field.at == "auto":
        return "query" if method == "GET" else "json"
    return field.at


def _parameters(entry: Handler, method: str) -> list[dict[str, Any]]:
    out = []
    for f in entry.fields:
        at = _location(f, method)
        if at == "json":
            continue
        parameter: dict[str, Any] = {"name": f.name, "in": at}
        if f.required:
            parameter["required"] = True
        if f.schema.get("type") == "array":
            parameter |= {"style": "form", "explode": True}
        out.append(parameter | {"schema": f.schema})
    return out


def _require(component: dict[str, Any], required: list[str], alternatives) -> None:
    if required:
        component["required"] = required
    if alternatives:
        component["x-mlflow-required-any"] = alternatives
