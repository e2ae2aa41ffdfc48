"""FastAPI's own description of its routes, converted to this project's conventions."""

from typing import Any

PREFIX = "fastapi."
# Headers that belong to no operation: the gateway handles authentication and the tenant, the
# content type belongs to the body, and the gateway writes host and content-length itself.
IGNORED_HEADERS = {
    "authorization",
    "x-mlflow-workspace",
    "content-type",
    "user-agent",
    "host",
    "content-length",
}


class FastapiSchema:
    def __init__(self, app) -> None:
        document = app.openapi() if app is not None else {"paths": {}}
        self.paths: dict[str, Any] = document["paths"]
        raw = document.get("components", {}).get("schemas", {})
        self.components = {PREFIX + name: clean(schema, top=True) for name, schema in raw.items()}

    def operation(self, path: str, method: str) -> dict[str, Any]:
        return self.paths[path][method.lower()]

    def parameters(self, path: str, method: str) -> list[dict[str, Any]]:
        """Query and header parameters; path parameters come from the route itself."""
        out = []
        for parameter in self.operation(path, method).get("parameters", []):
            ignored = parameter["in"] == "header" and parameter["name"].lower() in IGNORED_HEADERS
            if parameter["in"] in ("query", "header") and not ignored:
                schema = _not_null(clean(parameter["schema"]))
                out.append(
                    {"name": parameter["name"], "in": parameter["in"]}
                    | ({"required": True} if parameter.get("required") else {})
                    | ({"style": "form", "explode": True} if schema.get("type") == "array" else {})
                    | {"schema": schema}
                )
        return out

    def body(self, path: str, method: str) -> dict[str, Any] | None:
        body = self.operation(path, method).get("requestBody")
        if body is None:
            return None
        return {
            "required": bool(body.get("required")),
            "content": {
                media: {"schema": clean(content.get("schema", {}))}
                for media, content in body["content"].items()
            },
        }

    def response(self, path: str, method: str) -> dict[str, Any] | None:
        responses = self.operation(path, method)["responses"]
        content = next((r.get("content") for s, r in responses.items() if s.startswith("2")), None)
        if not content:
            return None
        return {m: {"schema": clean(c.get("schema", {}))} for m, c in content.items()}

    def body_fields(self, path: str, method: str) -> set[str]:
        body = self.body(path, method)
        ref = (body or {}).get("content", {}).get("application/json", {}).get("schema", {})
        name = ref.get("$ref", "").rsplit("/", 1)[-1]
        return set(self.components.get(name, {}).get("properties", {}))


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """`X | None` of a query or header parameter means "optional": such a parameter cannot be null."""
    if "anyOf" not in schema:
        return schema
    choices = [c for c in schema["anyOf"] if c != {"type": "null"}]
    rest = {k: v for k, v in schema.items() if k != "anyOf"}
    return choices[0] | rest if len(choices) == 1 else rest | {"anyOf": choices}


def clean(schema: Any, top: bool = False) -> Any:
    """Renames references, drops generated titles, closes models and marks what is open."""
    if not isinstance(schema, dict):
        return schema
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("title", "description", "examples"):
            continue
        if key == "$ref":
            out[key] = value.replace("#/components/schemas/", "#/components/schemas/" + PREFIX)
        elif key == "properties":
            out[key] = {name: clean(child) for name, child in value.items()}
        elif key in ("anyOf", "oneOf", "allOf"):
            out[key] = [clean(child) for child in value]
        elif key in ("items", "additionalProperties"):
            out[key] = clean(value)
        else:
            out[key] = value
    if out.get("type") == "object":
        # Pydantic ignores unknown keys unless the model says `extra="allow"`; a closed schema
        # says so in a way that a strict gateway can enforce.
        out.setdefault("additionalProperties", False)
        if out["additionalProperties"] is True:
            out["x-mlflow-any"] = True
    if not out:
        out["x-mlflow-any"] = True
    return out
