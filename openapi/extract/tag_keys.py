"""MLflow's own tag keys, from the constants in its Python source."""

import ast
import re
from pathlib import Path

NAMESPACE = "mlflow."
_LITERAL = re.compile(r"""["']mlflow\.""")
_KEY = re.compile(r"mlflow\.[A-Za-z_][\w.]*")


def read(package: Path) -> list[str]:
    """Values assigned to a name anywhere in the package, except names of its own modules. Sorted."""
    modules = {_module(path, package) for path in package.rglob("*.py")}
    keys = set()
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        # Parsing all of MLflow takes a third of an extraction's time.
        if not _LITERAL.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, (ast.Assign, ast.AnnAssign)):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            value = node.value
            if not any(isinstance(target, ast.Name) for target in targets):
                continue
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                if _KEY.fullmatch(value.value) and value.value not in modules:
                    keys.add(value.value)
    return sorted(keys)


def merge(found: list[list[str]]) -> dict[str, object]:
    """One list for all versions; a value that ends with a dot is a prefix of keys."""
    every = sorted(set().union(*found))
    return {
        "namespace": NAMESPACE,
        "keys": [key for key in every if not key.endswith(".")],
        "prefixes": [key for key in every if key.endswith(".")],
    }


def _module(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
