"""The routes that the running application answers."""

from collections.abc import Callable
from dataclasses import dataclass

from . import templates
from .app import Server

IGNORED_METHODS = {"HEAD", "OPTIONS"}


@dataclass
class Route:
    method: str
    path: str  # template, catch-alls as {name:path}
    framework: str
    endpoint: Callable
    order: int | None  # position in FastAPI's route list, where the first match wins
    rule: str  # as the framework spells it


def served_routes(server: Server) -> list[Route]:
    fast = _fastapi_routes(server.fastapi) if server.fastapi is not None else []
    taken = {(r.method, r.path) for r in fast}
    flask = [r for r in _flask_routes(server.flask) if (r.method, r.path) not in taken]
    return sorted(fast + flask, key=lambda r: (r.path, r.method))


def _flask_routes(app) -> list[Route]:
    adapter = app.url_map.bind("localhost")
    out, seen = [], set()
    for rule in app.url_map.iter_rules():
        path = templates.from_flask(rule.rule)
        for method in sorted(rule.methods - IGNORED_METHODS):
            if (method, path) in seen:
                continue
            seen.add((method, path))
            # Several rules may have the same path; the map selects the one that answers.
            chosen, _ = adapter.match(templates.sample(rule.rule), method=method, return_rule=True)
            endpoint = app.view_functions[chosen.endpoint]
            out.append(Route(method, path, "flask", endpoint, None, rule.rule))
    return out


def _fastapi_routes(app) -> list[Route]:
    try:  # newer FastAPI keeps included routers as a tree
        from fastapi.routing import iter_route_contexts

        candidates = list(iter_route_contexts(app.routes))
    except ImportError:
        candidates = list(app.routes)
    out, seen = [], set()
    for order, route in enumerate(candidates):
        if not getattr(route, "methods", None) or getattr(route, "endpoint", None) is None:
            continue  # the mount of the Flask application
        for method in sorted(set(route.methods) - IGNORED_METHODS):
            if (method, route.path) not in seen:
                seen.add((method, route.path))
                out.append(Route(method, route.path, "fastapi", route.endpoint, order, route.path))
    return out
