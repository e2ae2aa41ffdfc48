"""Where MLflow reads each field of an operation: file and line, for a person who has to classify it."""

import ast
from pathlib import Path
from typing import Any

from .reads import Reads
from .sources import Source, Sources


class Where:
    """File names are relative to the package; `server/handlers.py:123`."""

    def __init__(self, package: Path, sources: Sources) -> None:
        self.package = package
        self.sources = sources

    def place(self, at: tuple[str, int] | None) -> str | None:
        if at is None:
            return None
        file = Path(at[0])
        inside = file.is_relative_to(self.package)
        return f"{file.relative_to(self.package) if inside else file.name}:{at[1]}"

    def of(self, handlers: list[Source], reads: Reads, parameters: list[str]) -> dict[str, Any]:
        """The handler, the store methods that it calls itself, and the fields of one operation."""
        fields = {}
        for (location, name), at in reads.places.items():
            if location != "opaque":
                fields.setdefault(_root(name), self.place(at))
        for handler in handlers:
            for name, line in self._signature(handler):
                fields.setdefault(name, f"{handler.file}:{line}")
        stores = {
            f"{called.file}:{called.line} {called.name}"
            for handler in handlers
            for called in self.sources.calls(handler)
            if called.file.startswith("store/") and "/dbmodels/" not in called.file
        }
        found: dict[str, Any] = {"handler": [f"{h.file}:{h.line}" for h in handlers]}
        if stores:
            found["stores"] = sorted(stores)
        # Named nowhere in the handler: the store reads it from the whole message.
        return found | {"fields": {n: fields[n] for n in sorted(fields)} | self._named(handlers, parameters, fields)}

    def _signature(self, handler: Source):
        """Parameters of a FastAPI handler, with their aliases, and the fields of the models in its signature."""
        if isinstance(handler.node, ast.ClassDef):
            return
        arguments = handler.node.args
        for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
            yield argument.arg, argument.lineno
            for node in ast.walk(argument.annotation or ast.Constant(None)):
                if alias := _alias(node):
                    yield alias, argument.lineno
                if isinstance(node, ast.Name):
                    yield from self._model(handler, node.id)
        for default in [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]:
            for node in ast.walk(default):
                if alias := _alias(node):
                    yield alias, default.lineno

    def _model(self, handler: Source, name: str, depth: int = 0):
        model = handler.module.defined.get(name)
        if model is None or not isinstance(model.node, ast.ClassDef) or depth > 5:
            return
        for base in model.node.bases:
            if isinstance(base, ast.Name):
                yield from self._model(handler, base.id, depth + 1)
        for statement in model.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                yield statement.target.id, statement.lineno
                for node in ast.walk(statement.annotation):
                    if isinstance(node, ast.Name):
                        yield from self._model(model, node.id, depth + 1)

    def _named(self, handlers: list[Source], names: list[str], known: dict[str, Any]) -> dict[str, str]:
        """Fields that only a function below the handler spells: the first place that contains the name."""
        missing = {n for n in names if n not in known}
        found: dict[str, str] = {}
        for handler in handlers if missing else []:
            for source in [handler, *self.sources.closure(handler)]:
                for node in ast.walk(source.node):
                    name = _spelled(node)
                    if name in missing and name not in found:
                        found[name] = f"{source.file}:{node.lineno}"
        return {n: found[n] for n in sorted(found)}


def _root(name: str) -> str:
    return name.split(".")[0].removesuffix("[]")


def _spelled(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _alias(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "alias" and isinstance(keyword.value, ast.Constant):
                return keyword.value.value
    return None
