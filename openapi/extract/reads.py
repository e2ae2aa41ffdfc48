"""Finds the fields that a handler reads from the request, by following its source.

A small data-flow walk: an expression has an *origin* (`query`, `json`, `header`, `body`, or a
field below one of them, `json.tags[].key`) when it comes from the request. Every constant name
looked up on an origin is a read; every use that the walk cannot follow (the whole body handed to
another function, a computed key) is reported as opaque. The walk may miss a meaning but never hides
a use: extraction fails if `handwritten.py` does not account for everything that it finds.
"""

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

# MLflow's own readers and their results. The walk does not enter them.
READERS = {
    "_get_request_json": "json",
    "_get_normalized_request_json": "json",
    "_get_validated_flask_request_json": "any",  # query on GET with a query, else JSON
    "_get_request_body": "json",
}
PROTO_READERS = {"_get_request_message", "_get_workspace_request_message"}
# Helpers that examine the request but read no field from it.
IGNORED_CALLS = {"_validate_content_type", "_raw_request_has_field", "is_string_type", "isinstance"}

# The walk follows functions of these packages.
WALKED = ("mlflow.server", "mlflow.gateway")

ATTRIBUTES = {
    "args": "query",
    "query_params": "query",
    "values": "any",
    "json": "json",
    "headers": "header",
    "data": "body",
    "stream": "body",
    "form": "form",
    "files": "files",
    "cookies": "cookies",
}
CALLS = {"get_json": "json", "json": "json", "body": "body", "get_data": "body", "stream": "body"}
LOOKUPS = {"get", "getlist", "pop", "setdefault"}
SAME = {"to_dict", "copy", "dict", "list", "items", "values", "lower", "strip"}


@dataclass
class Reads:
    fields: set[tuple[str, str]] = field(default_factory=set)  # (location, dotted name)
    raw_body: bool = False
    opaque: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)  # keys with _assert_required
    schema_keys: set[str] = field(default_factory=set)  # keys of any validation schema
    messages: set[str] = field(default_factory=set)  # protobuf classes it parses into
    message_fields: set[str] = field(default_factory=set)  # request_message.<field>
    json_strings: set[str] = field(default_factory=set)  # json.loads(request_message.<field>)
    proto: bool = False  # parses the request into a protobuf message
    constants: set[str] = field(default_factory=set)
    # Where the source reads it, as (file, line): a field by (location, name), a field of the message by ("message", name), and what the
    # walk cannot follow by ("opaque", its text). The first place counts.
    places: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    checks: dict[str, set[str]] = field(default_factory=dict)  # key -> functions of its validation schema

    def add(self, other: "Reads") -> None:
        for name, value in vars(self).items():
            if isinstance(value, set):
                value.update(getattr(other, name))
        for place, at in other.places.items():
            self.places.setdefault(place, at)
        for name, checks in other.checks.items():
            self.checks.setdefault(name, set()).update(checks)
        self.raw_body |= other.raw_body
        self.proto |= other.proto


def unwrap(function: Callable) -> Callable:
    """Removes decorators, and wrappers that only call one handler (`serve_x` -> `x_handler`)."""
    while True:
        function = inspect.unwrap(function)
        tree = _parse(function)
        if tree is None:
            return function
        body = [s for s in tree.body if not _is_docstring(s)]
        if len(body) != 1 or not isinstance(body[0], ast.Return):
            return function
        call = body[0].value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return function
        target = function.__globals__.get(call.func.id)
        own = {a.arg for a in tree.args.args}
        passed = {a.id for a in call.args if isinstance(a, ast.Name)}
        if not inspect.isfunction(target) or call.keywords or passed != own:
            return function
        function = target


def reads_of(function: Callable) -> Reads:
    """Reads of a handler, of the helpers it calls, and of its decorators."""
    out = _walk(inspect.unwrap(function), set())
    while hasattr(function, "__wrapped__"):
        out.constants |= _constants(function)
        function = function.__wrapped__
    return out


@functools.cache
def _constants(function: Callable) -> frozenset[str]:
    """String constants in a function, also through module-level names."""
    tree = _parse(function)
    if tree is None:
        return frozenset()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Name) and isinstance(function.__globals__.get(node.id), str):
            found.add(function.__globals__[node.id])
    return frozenset(found)


def _walk(function: Callable, seen: set) -> Reads:
    out = Reads()
    seen.add(function)
    tree = _parse(function)
    if tree is None:
        return out
    # FastAPI passes the Request under any name; Flask has a global.
    names = {a.arg for a in tree.args.args if "Request" == ast.unparse(a.annotation or ast.Constant(0))}
    if getattr(function.__globals__.get("request"), "__class__", None).__name__ == "LocalProxy":
        names.add("request")
    code = function.__code__
    visitor = _Visitor(out, names, function.__globals__, (code.co_filename, code.co_firstlineno))
    visitor.run(tree)
    out.constants |= _constants(function)
    for name in sorted(visitor.called):
        target = function.__globals__.get(name)
        if inspect.isfunction(target) and target.__module__.startswith(WALKED):
            target = inspect.unwrap(target)
            known = name in READERS or name in PROTO_READERS or name in IGNORED_CALLS
            if known:
                out.constants |= _constants(target)
            elif target not in seen:
                out.add(_walk(target, seen))
    return out


@functools.cache
def _parse(function):
    try:
        source = textwrap.dedent(inspect.getsource(function))
        node = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    return node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None


def _is_docstring(node) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class _Visitor:
    def __init__(self, out: Reads, request_names: set[str], scope: dict, start: tuple[str, int]) -> None:
        self.out = out
        self.file, self.first_line = start
        self.node = None
        self.requests = request_names
        self.scope = scope
        self.env: dict[str, set[str]] = {}
        self.called: set[str] = set()

    def run(self, tree) -> None:
        # Twice, so that a nested function above the assignment of a name finds the name.
        for _ in range(2):
            for node in ast.walk(tree):
                self._bind(node)
        for node in ast.walk(tree):
            self._visit(node)

    def _bind(self, node) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._assign(node.target, node.value)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            origins = {f"{o}[]" for o in self.origin(node.iter)}
            for name in ast.walk(node.target):
                if isinstance(name, ast.Name) and origins:
                    self.env.setdefault(name.id, set()).update(origins)

    def _assign(self, target, value) -> None:
        if isinstance(target, ast.Tuple):
            # request_message, request_json = _get_workspace_request_message(...)
            call = _called_name(value)
            if call == "_get_workspace_request_message" and len(target.elts) == 2:
                self.env.setdefault(target.elts[1].id, set()).add("json")
            return
        if isinstance(target, ast.Name):
            origins = self.origin(value)
            if origins:
                self.env.setdefault(target.id, set()).update(origins)

    def _visit(self, node) -> None:
        self.node = node if hasattr(node, "lineno") else self.node
        if isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, (ast.Subscript, ast.Attribute)):
            self.origin(node, record=True)
            if name := _message_field(node):
                self.out.message_fields.add(name)
                self._place("message", name)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            if isinstance(node.ops[0], (ast.In, ast.NotIn)):
                for origin in self.origin(node.comparators[0]):
                    # `"key" in body` looks a field up; `key in body["statuses"]` is a value test.
                    if origin in ("query", "json", "any", "header"):
                        self._lookup({origin}, node.left, record=True)

    def _call(self, node: ast.Call) -> None:
        name = _called_name(node)
        if isinstance(node.func, ast.Name):
            self.called.add(node.func.id)
        if name == "loads" and node.args and (text := _message_field(node.args[0])):
            self.out.json_strings.add(text)
        if name in PROTO_READERS:
            self.out.proto = True
            if node.args and (message := _called_name(node.args[0])):
                self.out.messages.add(message)
        if name in PROTO_READERS or name == "_get_validated_flask_request_json":
            for keyword in node.keywords:
                if keyword.arg == "schema":
                    self._schema(keyword.value, record_fields=name not in PROTO_READERS)
        self.origin(node, record=True)
        if name in READERS or name in PROTO_READERS or name in IGNORED_CALLS:
            return
        for argument in [*node.args, *(k.value for k in node.keywords)]:
            whole = self.origin(argument) & {"query", "json", "any", "form", "header"}
            if whole and name not in SAME | LOOKUPS:
                self._opaque(f"{'/'.join(sorted(whole))} passed to {name or 'a call'}")

    def _place(self, location: str, name: str) -> None:
        line = self.first_line + (self.node.lineno if self.node is not None else 1) - 1
        self.out.places.setdefault((location, name), (self.file, line))

    def _opaque(self, text: str) -> None:
        self.out.opaque.add(text)
        self._place("opaque", text)

    def _schema(self, node, record_fields: bool) -> None:
        if not isinstance(node, ast.Dict):
            return
        for key, checks in zip(node.keys, node.values):
            if not isinstance(key, ast.Constant):
                continue
            self.out.schema_keys.add(key.value)
            named = {n.id for n in ast.walk(checks) if isinstance(n, ast.Name)}
            self.out.checks.setdefault(key.value, set()).update(named)
            if any(isinstance(n, ast.Name) and n.id == "_assert_required" for n in ast.walk(checks)):
                self.out.required.add(key.value)
            if record_fields:
                self.out.fields.add(("any", key.value))
                self._place("any", key.value)

    def _lookup(self, origins: set[str], key, record: bool) -> set[str]:
        value = self._constant(key)
        result = set()
        for origin in origins:
            if value is None:
                if origin in ("query", "json", "any", "form"):
                    if record:
                        self._opaque(f"computed key of {origin}")
                result.add(f"{origin}[]" if "." in origin else origin)
                continue
            result.add(f"{origin}.{value}")
            if record:
                location, _, rest = f"{origin}.{value}".partition(".")
                self.out.fields.add((location, rest))
                self._place(location, rest)
        return result

    def _constant(self, node) -> str | None:
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name) and isinstance(self.scope.get(node.id), str):
            return self.scope[node.id]
        return None

    def origin(self, node, record: bool = False) -> set[str]:
        if isinstance(node, ast.Name):
            return self.env.get(node.id, set())
        if isinstance(node, (ast.Await, ast.Starred)):
            return self.origin(node.value)
        if isinstance(node, ast.NamedExpr):
            return self.origin(node.value)
        if isinstance(node, ast.BoolOp):
            return set().union(*(self.origin(v) for v in node.values))
        if isinstance(node, ast.IfExp):
            return self.origin(node.body) | self.origin(node.orelse)
        if isinstance(node, ast.Subscript):
            base = self.origin(node.value)
            return self._lookup(base, node.slice, record) if base else set()
        if isinstance(node, ast.Attribute):
            if self._is_request(node.value) and node.attr in ATTRIBUTES:
                origin = ATTRIBUTES[node.attr]
                if origin == "body":
                    self._raw_body(record)
                    return set()
                if origin in ("form", "files", "cookies") and record:
                    self._opaque(f"request.{node.attr}")
                return {origin}
            return set()
        if isinstance(node, ast.Call):
            return self._call_origin(node, record)
        return set()

    def _call_origin(self, node: ast.Call, record: bool) -> set[str]:
        name = _called_name(node)
        if name in READERS:
            return {READERS[name]}
        if isinstance(node.func, ast.Attribute):
            if self._is_request(node.func.value) and name in CALLS:
                if CALLS[name] == "body":
                    self._raw_body(record)
                    return set()
                return {CALLS[name]}
            base = self.origin(node.func.value)
            if base and name in LOOKUPS and node.args:
                return self._lookup(base, node.args[0], record)
            return base if name in SAME else set()
        if name in SAME and node.args:
            return self.origin(node.args[0])
        return set()

    def _raw_body(self, record: bool) -> None:
        self.out.raw_body |= record
        if record:
            self._place("opaque", "the raw body")

    def _is_request(self, node) -> bool:
        return isinstance(node, ast.Name) and node.id in self.requests


def _message_field(node) -> str | None:
    # The name of the parsed message in all handlers of MLflow.
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "request_message" else None
    return None


def _called_name(node) -> str | None:
    if isinstance(node, ast.Await):
        node = node.value
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else None
