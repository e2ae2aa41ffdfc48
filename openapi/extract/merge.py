"""Merges the intermediate forms of several MLflow versions into one description.

The newest version sets the shape. Older ones add the operations, mounts, parameters and message
fields that only they have, each marked with `x-mlflow-versions`.
"""

import copy
from typing import Any

from . import graphql_schema, templates

NULL = {"type": "null"}
NOTES = ("x-mlflow-versions", "deprecated", "x-mlflow-oneof", "contentMediaType")


class Merge:
    def __init__(self, dumps: list[dict[str, Any]]) -> None:
        self.dumps = sorted(dumps, key=lambda d: version_key(d["mlflow"]), reverse=True)
        self.operations: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, dict[str, Any]] = {}
        self.surfaces: dict[str, Any] = {}
        self.sources: dict[str, Any] = {}
        self.notes: list[str] = []

    @property
    def newest(self) -> str:
        return self.dumps[0]["mlflow"]

    def run(self) -> "Merge":
        for dump in self.dumps:
            version = dump["mlflow"]
            self._graphql(dump)
            for name, schema in dump["schemas"].items():
                self._schema(version, name, schema)
            ids = {}
            for operation in dump["operations"].values():
                ids[operation["operationId"]] = self._operation(version, operation)
            self.surfaces[version] = {
                "mlflow": version,
                "routes": [r | {"operation": ids[r["operation"]]} for r in dump["routes"]],
            }
            handlers = dump["sources"]["operations"]
            self.sources[version] = {
                "functions": dump["sources"]["functions"],
                "operations": {ids[o]: handlers[o] for o in sorted(handlers, key=lambda o: ids[o])},
            }
        return self

    def _graphql(self, dump: dict[str, Any]) -> None:
        missing = graphql_schema.check(dump["graphql"], self.dumps[0]["graphql"])
        if missing:
            raise ValueError(f"{dump['mlflow']}: " + "; ".join(missing))

    # operations

    def _operation(self, version: str, new: dict[str, Any]) -> str:
        """Adds one version's operation; returns its id in the description."""
        operation_id = new["operationId"]
        old = self.operations.get(operation_id)
        if old is None:
            owner = self._owner(new["method"], new["mounts"])
            if owner is not None:
                self.notes.append(f"{version}: {operation_id} is now called {owner}")
                old = self.operations[owner]
        elif not _same_call(old, new):
            # The same rpc behind another path and with other parameters is another operation.
            self.notes.append(f"{version}: {operation_id} is not today's; kept as a legacy operation")
            operation_id = "legacy" + operation_id[0].upper() + operation_id[1:]
            old = self.operations.get(operation_id)
        if old is None:
            added = copy.deepcopy(new) | {"operationId": operation_id, "versions": [version]}
            del added["where"]
            added["missing"] = [version] if new.get("notImplemented") else []
            added["mountVersions"] = {m: [version] for m in added["mounts"]}
            self.operations[operation_id] = added
            return operation_id
        old["versions"].append(version)
        if new.get("notImplemented"):
            old["missing"].append(version)
        for mount in new["mounts"]:
            same = next((m for m in old["mounts"] if templates.shape(m) == templates.shape(mount)), None)
            if same is None:
                owner = self._owner(new["method"], [mount])
                if owner is not None:
                    self.notes.append(f"{version}: {mount} was {old['operationId']}, is {owner} now")
                old["mounts"].append(mount)
                same = mount
            old["mountVersions"].setdefault(same, []).append(version)
        if not new.get("notImplemented"):
            if ignored := {*old.get("bodyBeatsPath", []), *new.get("bodyBeatsPath", [])}:
                old["bodyBeatsPath"] = sorted(ignored)
            if old.get("message") and not new.get("message"):
                self.notes.append(f"{version}: {old['operationId']} is not parsed as a message")
                del old["message"]
            if new.get("nulls"):
                old["nulls"] = True
            self._parameters(version, old, new)
            self._body(version, old, new)
        return old["operationId"]

    def _owner(self, method: str, mounts: list[str]) -> str | None:
        shapes = {templates.shape(m) for m in mounts}
        for operation_id, o in self.operations.items():
            if o["method"] == method and shapes & {templates.shape(m) for m in o["mounts"]}:
                return operation_id
        return None

    def _parameters(self, version: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        have = {(p["in"], p["name"].lower()): p for p in old["parameters"]}
        given = {(p["in"], p["name"].lower()) for p in new["parameters"]}
        for parameter in new["parameters"]:
            if parameter["in"] == "path":
                continue  # mounts agree on them up to the name
            known = have.get((parameter["in"], parameter["name"].lower()))
            if known is None:
                added = {k: v for k, v in parameter.items() if k != "required"}
                old["parameters"].append(added | {"x-mlflow-versions": [version]})
                continue
            if "x-mlflow-versions" in known:
                known["x-mlflow-versions"].append(version)
            if not parameter.get("required"):
                known.pop("required", None)
            where = f"{old['operationId']} parameter {known['name']}"
            self._property(version, where, known["schema"], parameter["schema"])
        for key, known in have.items():
            if key[0] != "path" and key not in given:
                known.pop("required", None)

    def _body(self, version: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if "requestBody" not in new:
            return
        if "requestBody" not in old:
            old["requestBody"] = copy.deepcopy(new["requestBody"]) | {"required": False}
            self.notes.append(f"{version}: only here {old['operationId']} takes a body")
            return
        if not new["requestBody"]["required"]:
            old["requestBody"]["required"] = False
        before = {m: c["schema"] for m, c in old["requestBody"]["content"].items()}
        for media, content in new["requestBody"]["content"].items():
            if media not in before:
                old["requestBody"]["content"][media] = content
            elif _bare(before[media]) != _bare(content["schema"]):
                self.notes.append(f"{version}: {old['operationId']} had another {media} body")

    # schemas

    def _schema(self, version: str, name: str, new: dict[str, Any]) -> None:
        old = self.schemas.get(name)
        if old is None:
            self.schemas[name] = copy.deepcopy(new)
            return
        had = old.get("properties", {})
        for key, schema in new.get("properties", {}).items():
            if key not in had:
                had[key] = copy.deepcopy(schema) | {"x-mlflow-versions": [version]}
                old["properties"] = had
            else:
                if "x-mlflow-versions" in had[key]:
                    had[key]["x-mlflow-versions"].append(version)
                self._property(version, f"{name}.{key}", had[key], schema)
        # A field that an older server does not require must not be required of its clients.
        if "required" in old:
            old["required"] = [k for k in old["required"] if k in new.get("required", [])]
            if not old["required"]:
                del old["required"]

    def _property(self, version: str, where: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if _bare(old) == _bare(new):
            return
        if _null_in(old) != _null_in(new):
            # What one version reads may be sent; the others refuse it themselves.
            self.notes.append(f"{version}: {where} could {'' if _null_in(new) else 'not '}be null")
            if _null_in(new):
                rest = {k: old.pop(k) for k in list(old) if k not in (*NOTES, "default")}
                old["anyOf"] = [*rest.get("anyOf", [rest]), NULL]
            if _bare(_not_null(old)) == _bare(_not_null(new)):
                return
        if "enum" in old and "enum" in new:
            extra = [v for v in new["enum"] if v not in old["enum"]]
            numbers = _numbers(where, old, new)
            if extra:
                old["enum"] += extra
                if "x-mlflow-numbers" in old:
                    old["x-mlflow-numbers"] = [numbers[v] for v in old["enum"]]
                self.notes.append(f"{version}: {where} also took {', '.join(extra)}")
        elif _strip_enums(old) != _strip_enums(new):
            self.notes.append(f"{version}: {where} had another type")


def version_key(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in version.split("."))


def _same_call(a: dict[str, Any], b: dict[str, Any]) -> bool:
    def call(o):
        return o["method"], {templates.shape(templates.tail(m)) for m in o["mounts"]}

    return call(a)[0] == call(b)[0] and bool(call(a)[1] & call(b)[1])


def _bare(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    return {k: _bare(v) for k, v in schema.items() if k not in NOTES}


def _null_in(schema: dict[str, Any]) -> bool:
    return NULL in schema.get("anyOf", [])


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without the null among its alternatives, and without its default, which null may be."""
    rest = {k: v for k, v in schema.items() if k != "default"}
    if not _null_in(schema):
        return rest
    choices = [c for c in rest.pop("anyOf") if c != NULL]
    return choices[0] | rest if len(choices) == 1 else rest | {"anyOf": choices}


def _strip_enums(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    left = ("enum", "x-mlflow-numbers")
    return {k: _strip_enums(v) for k, v in _bare(schema).items() if k not in left}


def _numbers(where: str, a: dict[str, Any], b: dict[str, Any]) -> dict[str, int]:
    """Name -> number in both; a number that changed its meaning cannot be written as a name."""
    pairs = set()
    for schema in (a, b):
        pairs |= set(zip(schema["enum"], schema.get("x-mlflow-numbers", []), strict=False))
    for side in (0, 1):
        if len({pair[side] for pair in pairs}) != len(pairs):
            raise ValueError(f"{where}: the numbers of its values differ between versions")
    return dict(pairs)
