"""Path templates: one spelling for Flask's `<path:name>` and Starlette's `{name:path}`."""

import re

_FLASK = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_PARAM = re.compile(r"\{(\w+)(?::(\w+))?\}")
# `/api/2.0/...`; also the malformed `/api/2.0mlflow/...` that one proto path yields.
_PREFIX = re.compile(r"^/(ajax-api|api)/(\d+\.\d+)(?=/|mlflow)")


def from_flask(rule: str) -> str:
    # Before 3.5 MLflow passed this gRPC spelling to Flask unchanged; later versions rewrite it.
    rule = rule.replace("{assessment.trace_id}", "{trace_id}")
    return _FLASK.sub(lambda m: f"{{{m[2]}:path}}" if m[1] == "path" else f"{{{m[2]}}}", rule)


def plain(template: str) -> str:
    """`{name:path}` -> `{name}`, the form of OpenAPI."""
    return _PARAM.sub(r"{\1}", template)


def params(template: str) -> list[tuple[str, bool]]:
    """[(name, is it a catch-all)] in the order of the path."""
    return [(m[1], m[2] == "path") for m in _PARAM.finditer(template)]


def shape(template: str) -> str:
    """The template without its parameter names: equal for paths that OpenAPI calls "identical"."""
    return _PARAM.sub("{}", template)


def sample(rule: str) -> str:
    """A concrete path for a Flask rule, to look up its route."""
    return _FLASK.sub("x", rule)


def tail(template: str) -> str:
    """The path after its mount."""
    rest = _PREFIX.sub("", template)
    return rest if rest.startswith("/") else "/" + rest


def preference(template: str) -> tuple:
    """Sort key for the canonical mount: working before broken, /api before /ajax-api, newest API
    version first."""
    m = _PREFIX.match(template)
    if m is None:
        return (0, 0, (), template)
    broken = template[m.end()] != "/"
    version = tuple(-int(n) for n in m[2].split("."))
    return (int(broken), int(m[1] == "ajax-api"), version, template)
