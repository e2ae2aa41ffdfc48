"""Where MLflow's source answers an operation: its handler, and the functions and store methods that the handler calls.

A static walk over the source of the installed package: it imports nothing, so that its result depends on the files alone. Each function
has a digest of its syntax tree without comments and docstrings, so that only a change of meaning changes it. The walk follows names and
method calls by name: it may follow too many functions of one name, and does not see a call that the source does not spell.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

# The walk follows functions of these packages. The rest of MLflow is its client and its libraries.
FOLLOWED = ("server", "store", "gateway", "utils/validation.py", "utils/search_utils.py", "utils/uri.py")
# Clients of another server, the deprecated file store, migrations and the package's own commands: no request reaches them.
LEFT_OUT = ("db_migrations", "rest_", "file_store", "databricks", "_cli", "unity_catalog", "_workspace_rest")
# A method that is called on a value of unknown type is a method of a class in one of these files.
STORES = re.compile(r"store/(.*/)?(sqlalchemy_\w+|\w*artifact_repo)\.py")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass
class Source:
    """A function, a method, or a class of the server that holds a request."""

    file: str  # relative to the package
    name: str  # `Class.method` for a method
    node: Definition
    module: "Module"
    owner: str | None = None

    @property
    def key(self) -> str:
        return f"{self.file}:{self.name}"

    @property
    def line(self) -> int:
        return min([self.node.lineno, *(d.lineno for d in self.node.decorator_list)])

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256("".join(canonical(self.node)).encode()).hexdigest()[:12]


@dataclass
class Module:
    file: str
    tree: ast.Module
    defined: dict[str, Source] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # alias -> (module, name)


def canonical(node: ast.AST) -> Iterator[str]:
    """A syntax tree as text that is the same in every version of Python, without docstrings."""
    yield type(node).__name__
    yield "("
    for name, value in ast.iter_fields(node):
        if name in ("ctx", "type_comment", "kind", "type_ignores"):
            continue
        if name == "body" and isinstance(value, list) and _has_docstring(node):
            value = value[1:]
        if isinstance(node, ast.Constant):
            yield f"{type(value).__name__}:{value!r}"
        elif isinstance(value, ast.AST):
            yield f"{name}="
            yield from canonical(value)
        elif isinstance(value, list):
            if value:
                yield f"{name}=["
                for item in value:
                    yield from canonical(item) if isinstance(item, ast.AST) else (repr(item),)
                    yield ","
                yield "]"
        elif value is not None:
            yield f"{name}={value!r}"
    yield ")"


def _has_docstring(node: ast.AST) -> bool:
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    first = node.body[0] if isinstance(node, scopes) and node.body else None
    return isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str)


class Sources:
    """The functions of an installed MLflow.

    >>> Sources(Path(mlflow.__file__).parent).reached("mlflow.server.handlers", "_log_batch")
    """

    def __init__(self, package: Path) -> None:
        self.package = package
        self.modules: dict[str, Module] = {}
        self.methods: dict[str, list[Source]] = {}
        self._calls: dict[str, list[Source]] = {}
        for followed in FOLLOWED:
            path = package / followed
            for file in sorted(path.rglob("*.py") if path.is_dir() else [path]):
                if file.exists() and not any(part in str(file.relative_to(package)) for part in LEFT_OUT):
                    self._read(file)

    def find(self, module: str, name: str) -> Source | None:
        found = self.modules.get(module)
        return self._named(found, name) if found else None

    def reached(self, module: str, name: str) -> list[Source]:
        """The function, and all that it calls, in the order of their keys."""
        start = self.find(module, name)
        return self.closure(start) if start else []

    def closure(self, start: Source) -> list[Source]:
        found: dict[str, Source] = {}
        todo = [start]
        while todo:
            source = todo.pop()
            if source.key not in found:
                found[source.key] = source
                todo.extend(self.calls(source))
        return [found[key] for key in sorted(found)]

    def calls(self, source: Source) -> list[Source]:
        """The functions that a function names, and the methods that it calls."""
        if source.key not in self._calls:
            found = {s.key: s for s in self._calls_of(source) if s.key != source.key}
            self._calls[source.key] = [found[key] for key in sorted(found)]
        return self._calls[source.key]

    def _calls_of(self, source: Source) -> Iterator[Source]:
        # A row of the database names the rows that it has relations to.
        if "/dbmodels/" in source.file:
            return
        local = dict(source.module.imports)
        for node in ast.walk(source.node):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                local.update(self._imports(node, source.module.file))
        for node in ast.walk(source.node):
            if isinstance(node, ast.Name):
                if (found := self._resolve(source.module, local, node.id)) is not None:
                    yield found
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(source, local, node)

    def _attribute(self, source: Source, local: dict, node: ast.Attribute) -> Iterator[Source]:
        if isinstance(node.value, ast.Name) and node.value.id in local:
            module, name = local[node.value.id]
            inside = self.modules.get(f"{module}.{name}" if name else module)
            if inside is not None and (found := self._named(inside, node.attr)) is not None:
                yield found
            return
        methods = self.methods.get(node.attr, [])
        if _is_self(node.value) and source.owner is not None:
            # A store is made of a class, its mixins and its subclass for workspaces, all in one folder.
            family = "/".join(source.file.split("/")[:2])
            methods = [m for m in methods if m.file.startswith(family)]
        yield from methods

    def _resolve(self, module: Module, local: dict, name: str) -> Source | None:
        if name in module.defined:
            return module.defined[name]
        if name not in local:
            return None
        origin, original = local[name]
        inside = self.modules.get(origin)
        return self._named(inside, original) if inside and original else None

    def _named(self, module: Module, name: str, depth: int = 0) -> Source | None:
        if name in module.defined:
            return module.defined[name]
        if name in module.imports and depth < 4:  # re-exported
            origin, original = module.imports[name]
            inside = self.modules.get(origin)
            return self._named(inside, original, depth + 1) if inside and original else None
        return None

    def _read(self, file: Path) -> None:
        relative = str(file.relative_to(self.package))
        dotted = "mlflow." + relative.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        module = Module(relative, ast.parse(file.read_text(encoding="utf-8")))
        self.modules[dotted] = module
        for node in ast.walk(module.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias, origin in self._imports(node, relative).items():
                    module.imports.setdefault(alias, origin)
        for node in _definitions(module.tree):
            if not isinstance(node, ast.ClassDef):
                module.defined[node.name] = Source(relative, node.name, node, module)
                continue
            if _holds_data(relative):
                module.defined[node.name] = Source(relative, node.name, node, module)
            if STORES.fullmatch(relative):
                for method in _definitions(node):
                    if not isinstance(method, ast.ClassDef):
                        name = f"{node.name}.{method.name}"
                        source = Source(relative, name, method, module, node.name)
                        self.methods.setdefault(method.name, []).append(source)

    def _imports(self, node: ast.Import | ast.ImportFrom, file: str) -> dict[str, tuple[str, str | None]]:
        if isinstance(node, ast.Import):
            return {a.asname: (a.name, None) for a in node.names if a.asname}
        module = node.module or ""
        if node.level:
            folder = ["mlflow", *file.split("/")[:-1]]
            module = ".".join([*folder[: len(folder) - node.level + 1], *([module] if module else [])])
        return {a.asname or a.name: (module, a.name) for a in node.names}


def _definitions(tree: ast.AST) -> Iterator[Definition]:
    """Functions and classes of a module or a class, also those below `if` and `try`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _definitions(node)


def _holds_data(file: str) -> bool:
    """Whether the classes of a file are taken whole: requests of the server, rows of the database."""
    return file.startswith("server/") or "/dbmodels/" in file


def _is_self(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id in ("self", "cls")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
