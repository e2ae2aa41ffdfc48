"""`cd openapi && python3 -m unittest extract.test_sources`: no MLflow needed."""

import ast
import tempfile
import textwrap
import unittest
from pathlib import Path

from .sources import Sources, canonical

HANDLERS = """
    from mlflow.store.tracking import helper as other
    from mlflow.server.checks import check

    def handler():
        check()
        return _get_store().log_batch(1)

    def _get_store():
        import mlflow.server.lazy as lazy
        return lazy.load()

    def unrelated():
        return 1
"""
STORE = """
    class SqlAlchemyStore:
        def log_batch(self, n):
            return self._check(n)

        def _check(self, n):
            return n
"""
WORKSPACES = """
    class WorkspaceAwareStore(SqlAlchemyStore):
        def _check(self, n):
            return super()._check(n)
"""
REGISTRY = """
    class SqlAlchemyStore:
        def _check(self, n):
            return n
"""


class Walk(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.package = Path(scratch.name)
        self.write("server/handlers.py", HANDLERS)
        self.write("server/checks.py", "def check():\n    return 1\n")
        self.write("server/lazy.py", "def load():\n    return 1\n")
        self.write("store/tracking/sqlalchemy_store.py", STORE)
        self.write("store/tracking/sqlalchemy_workspace_store.py", WORKSPACES)
        self.write("store/tracking/rest_store.py", STORE)
        self.write("store/model_registry/sqlalchemy_store.py", REGISTRY)

    def write(self, name: str, text: str) -> None:
        path = self.package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def digests(self) -> dict[str, str]:
        return {s.key: s.digest for s in Sources(self.package).reached("mlflow.server.handlers", "handler")}

    def test_follows_helpers_lazy_imports_and_the_methods_of_the_store_and_its_subclass(self) -> None:
        self.assertEqual(
            sorted(self.digests()),
            [
                "server/checks.py:check",
                "server/handlers.py:_get_store",
                "server/handlers.py:handler",
                "server/lazy.py:load",
                "store/tracking/sqlalchemy_store.py:SqlAlchemyStore._check",
                "store/tracking/sqlalchemy_store.py:SqlAlchemyStore.log_batch",
                "store/tracking/sqlalchemy_workspace_store.py:WorkspaceAwareStore._check",
            ],
        )

    def test_the_digest_of_a_function_changes_with_its_code_only(self) -> None:
        before = self.digests()
        noted = STORE.replace("def _check(self, n):", 'def _check(self, n):\n            """Docs."""\n            # why')
        self.write("store/tracking/sqlalchemy_store.py", noted.replace("return n", "return (n)"))
        self.assertEqual(self.digests(), before)
        self.write("store/tracking/sqlalchemy_store.py", STORE.replace("return n", "return n + 1"))
        after = self.digests()
        changed = [key for key in before if before[key] != after[key]]
        self.assertEqual(changed, ["store/tracking/sqlalchemy_store.py:SqlAlchemyStore._check"])


class Canonical(unittest.TestCase):
    def text(self, source: str) -> str:
        return "".join(canonical(ast.parse(source)))

    def test_distinguishes_constants_of_different_types(self) -> None:
        self.assertNotEqual(self.text("x = 1"), self.text("x = '1'"))
        self.assertNotEqual(self.text("x = None"), self.text("x = False"))
        self.assertNotEqual(self.text("return_ = {'a': None}"), self.text("return_ = {'a': 0}"))

    def test_keeps_the_order_of_arguments_and_keys(self) -> None:
        self.assertNotEqual(self.text("f(a, b)"), self.text("f(b, a)"))
        self.assertNotEqual(self.text("{**a, 'k': 1}"), self.text("{'k': 1, **a}"))


if __name__ == "__main__":
    unittest.main()
