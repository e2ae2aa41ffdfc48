"""Writes openapi/mlflow.yaml, openapi/mlflow.graphql and openapi/surfaces/."""

import json
from pathlib import Path
from typing import Any

import yaml

from . import tag_keys, templates
from .merge import Merge

HEADER = """\
# Extracted from MLflow itself; do not edit. To make it again: openapi/extract/README.md
"""


def outputs(merged: Merge) -> dict[str, str]:
    """File name (relative to openapi/) -> content."""
    files = {"mlflow.yaml": HEADER + _yaml(document(merged))}
    files["mlflow.graphql"] = HEADER + merged.dumps[0]["graphql"]["schema"]
    tags = tag_keys.merge([dump["tagKeys"] for dump in merged.dumps])
    files["tags.json"] = json.dumps(tags, indent=1) + "\n"
    for version, surface in merged.surfaces.items():
        files[f"surfaces/{version}.json"] = _surface(surface)
        files[f"surfaces/sources/{version}.json"] = _sources(version, merged.sources[version])
    return files


def write(files: dict[str, str], directory: Path) -> None:
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def document(merged: Merge) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in merged.operations.values():
        path = templates.plain(_mounts(operation)[0])
        item = paths.setdefault(path, {})
        method = operation["method"].lower()
        if method in item:
            raise ValueError(f"{method} {path} twice")
        item[method] = _operation(operation, merged.newest)
    _unique_shapes(paths)
    schemas = _reachable(merged.schemas, paths)
    tags = sorted({op["tags"][0] for item in paths.values() for op in item.values()})
    order = ["get", "put", "post", "delete", "patch"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MLflow",
            "version": merged.newest,
            "description": "Everything that an MLflow server answers, read from MLflow "
            + ", ".join(reversed([d["mlflow"] for d in merged.dumps]))
            + ".",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": t} for t in tags],
        "paths": {
            path: {m: paths[path][m] for m in sorted(paths[path], key=order.index)}
            for path in sorted(paths)
        },
        "components": {"schemas": schemas},
    }


def _mounts(operation: dict[str, Any]) -> list[str]:
    """Canonical first. A mount that the operation's newest version lacks cannot be canonical."""
    newest = operation["versions"][0]
    return sorted(
        operation["mounts"],
        key=lambda m: (newest not in operation["mountVersions"][m], templates.preference(m)),
    )


def _operation(o: dict[str, Any], newest: str) -> dict[str, Any]:
    out: dict[str, Any] = {
        "operationId": o["operationId"],
        "summary": o["summary"],
        "tags": [o["tag"]],
        "x-mlflow-source": o["source"],
        "x-mlflow-mounts": [templates.plain(m) for m in _mounts(o)],
        "x-mlflow-versions": list(reversed(o["versions"])),
    }
    partial = {
        templates.plain(m): list(reversed(o["mountVersions"][m]))
        for m in _mounts(o)
        if o["mountVersions"][m] != o["versions"]
    }
    if partial:
        out["x-mlflow-mount-versions"] = partial
    if "order" in o:
        out["x-mlflow-order"] = o["order"]
    if o["missing"]:
        # These versions route it and answer 404.
        out["x-mlflow-not-implemented"] = list(reversed(o["missing"]))
    if o.get("message"):
        out["x-mlflow-message"] = True
    if o.get("nulls"):
        out["x-mlflow-nulls"] = True
    if o.get("bodyBeatsPath"):
        out["x-mlflow-body-beats-path"] = o["bodyBeatsPath"]
    if o.get("bodyOnGet"):
        out["x-mlflow-body-on-get"] = True
    if o.get("forwardsHeaders"):
        out["x-mlflow-forwards-headers"] = True
    if o.get("requiredAny"):
        out["x-mlflow-required-any"] = o["requiredAny"]
    if o["parameters"]:
        out["parameters"] = [_ordered(p) for p in o["parameters"]]
    if "requestBody" in o:
        out["requestBody"] = o["requestBody"]
    out["responses"] = {"200": {"description": "OK", "content": o["response"]}}
    return out


def _ordered(parameter: dict[str, Any]) -> dict[str, Any]:
    keys = ["name", "in", "required", "deprecated", "style", "explode", "schema"]
    rest = [k for k in parameter if k not in keys]
    out = {k: parameter[k] for k in [*keys, *rest] if k in parameter}
    if "x-mlflow-versions" in out:
        out["x-mlflow-versions"] = list(reversed(out["x-mlflow-versions"]))
    return out


def _unique_shapes(paths: dict[str, Any]) -> None:
    """OpenAPI treats /a/{x} and /a/{y} as the same path; they may not both be keys."""
    seen: dict[str, str] = {}
    for path in sorted(paths):
        other = seen.setdefault(templates.shape(path), path)
        if other != path:
            raise ValueError(f"{path} and {other} are the same path to OpenAPI")


def _reachable(schemas: dict[str, Any], paths: Any) -> dict[str, Any]:
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str):
                name = ref.rsplit("/", 1)[1]
                if name not in found:
                    found.add(name)
                    walk(schemas[name])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(paths)
    return {name: _schema(schemas[name]) for name in sorted(found)}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    for child in properties.values():
        if "x-mlflow-versions" in child:
            child["x-mlflow-versions"] = sorted(
                child["x-mlflow-versions"], key=lambda v: [int(n) for n in v.split(".")]
            )
    first = ["type", "additionalProperties", "x-mlflow-any", "required", "x-mlflow-required-any"]
    keys = [k for k in first if k in schema] + [k for k in schema if k not in first]
    return {k: schema[k] for k in keys}


def _surface(surface: dict[str, Any]) -> str:
    # One route a line, so that a diff between versions reads as a list of routes.
    routes = ",\n".join("    " + json.dumps(r) for r in surface["routes"])
    return f'{{\n  "mlflow": "{surface["mlflow"]}",\n  "routes": [\n{routes}\n  ]\n}}\n'


def _sources(version: str, sources: dict[str, Any]) -> str:
    """A function a line: file, name, line, digest, and the positions of the functions that it calls."""

    def lines(items) -> str:
        return ",\n".join("    " + item for item in items)

    functions = lines(json.dumps(f, separators=(",", ":")) for f in sources["functions"])
    operations = lines(
        f"{json.dumps(o)}: {json.dumps(at, separators=(',', ':'))}" for o, at in sources["operations"].items()
    )
    return (
        f'{{\n  "mlflow": "{version}",\n  "functions": [\n{functions}\n  ],\n'
        f'  "operations": {{\n{operations}\n  }}\n}}\n'
    )


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False):
        return super().increase_indent(flow, False)


def _yaml(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
