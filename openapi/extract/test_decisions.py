"""`cd openapi && python3 -m unittest extract.test_decisions`: no MLflow needed."""

import unittest

from .decisions import complete
from .handwritten import HANDLERS, Field, Handler, handler_for, verify
from .reads import Reads

UPLOAD = "mlflow.server.handlers.upload_artifact_handler"
SCORER = "mlflow.server.handlers._invoke_scorer_handler"


def reads(*fields: tuple[str, str], constants: set[str] = frozenset()) -> Reads:
    places = {field: ("handlers.py", 10 + at) for at, field in enumerate(fields)}
    return Reads(fields=set(fields), places=places, constants={name for _, name in fields} | set(constants))


class Complete(unittest.TestCase):
    def test_suggests_a_line_for_an_unlisted_read_and_describes_it_provisionally(self) -> None:
        entry = handler_for(UPLOAD, "3.18.0")
        found = reads(("query", "signed_for"), constants={"run_uuid", "run_id", "path"})
        (decision,) = complete(UPLOAD, "POST", entry, found, set(), "3.18.0")
        self.assertEqual(decision["suggestion"], 'Field("signed_for", "query", since="3.18"),')
        self.assertEqual(decision["place"], ("handlers.py", 10))
        self.assertEqual(verify(UPLOAD, entry, found, set()), [])
        self.assertNotIn("signed_for", [f.name for f in HANDLERS[UPLOAD].fields])

    def test_takes_the_type_from_the_schema_that_validates_the_field(self) -> None:
        entry = Handler()
        found = reads(("any", "ids"), ("any", "count"))
        found.checks = {"ids": {"_assert_array"}, "count": {"_assert_intlike"}}
        suggestions = {d["name"]: d["suggestion"] for d in complete("x", "POST", entry, found, set(), "3.18.0")}
        self.assertEqual(suggestions["ids"], 'Field("ids", "json", array(STRING), since="3.18"),')
        self.assertEqual(suggestions["count"], 'Field("count", "json", INTEGER, since="3.18"),')

    def test_says_that_an_older_version_reads_a_field_already_or_not_yet(self) -> None:
        early = reads(("json", "scorer_name"), constants={f.name for f in HANDLERS[SCORER].fields})
        decisions = complete(SCORER, "POST", handler_for(SCORER, "3.16.0"), early, set(), "3.16.0")
        self.assertIn("is 3.17: MLflow 3.16.0 reads it already", decisions[0]["suggestion"])
        entry = Handler([Field("gone", "json")])
        (decision,) = complete("x", "POST", entry, reads(), set(), "3.14.0")
        self.assertEqual((decision["kind"], entry.fields), ("not read", []))

    def test_does_not_describe_headers_that_the_gateway_writes_nor_bodies_that_it_cannot_follow(self) -> None:
        entry = Handler()
        found = reads(("header", "host"))
        found.opaque.add("request.form")
        kinds = [d["kind"] for d in complete("x", "POST", entry, found, set(), "3.18.0")]
        self.assertEqual((kinds, entry.fields), (["read", "cannot be followed"], []))


if __name__ == "__main__":
    unittest.main()
