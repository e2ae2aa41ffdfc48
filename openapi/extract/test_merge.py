"""`cd openapi && python3 -m unittest extract.test_merge`: no MLflow needed."""

import unittest

from .merge import NULL, Merge

TEXT = {"type": "string"}
MAYBE = {"anyOf": [TEXT, NULL]}


def merged(newest: dict, older: dict) -> tuple[dict, list[str]]:
    merge = Merge([{"mlflow": "3.18.0"}, {"mlflow": "3.17.2"}])
    for version, schema in (("3.18.0", newest), ("3.17.2", older)):
        merge._schema(version, "X", {"type": "object", "properties": {"f": schema}})
    return merge.schemas["X"]["properties"]["f"], merge.notes


class Nulls(unittest.TestCase):
    def test_a_field_may_be_null_if_one_version_reads_null(self) -> None:
        self.assertEqual(merged(MAYBE, TEXT), (MAYBE, ["3.17.2: X.f could not be null"]))
        self.assertEqual(merged(TEXT, MAYBE), (MAYBE, ["3.17.2: X.f could be null"]))

    def test_a_default_that_differs_with_it_is_no_other_type(self) -> None:
        field, notes = merged({"type": "string", "default": ""}, MAYBE | {"default": None})
        self.assertEqual(field["anyOf"], [TEXT, NULL])
        self.assertEqual(notes, ["3.17.2: X.f could be null"])

    def test_several_alternatives_get_null_beside_them(self) -> None:
        choices = [TEXT, {"type": "integer"}]
        field, _ = merged({"anyOf": choices}, {"anyOf": [*choices, NULL]})
        self.assertEqual(field, {"anyOf": [*choices, NULL]})

    def test_says_that_the_type_differs_too(self) -> None:
        _, notes = merged({"type": "integer"}, MAYBE)
        self.assertEqual(notes, ["3.17.2: X.f could be null", "3.17.2: X.f had another type"])


class Operations(unittest.TestCase):
    def test_reads_nulls_if_a_version_does(self) -> None:
        def dump(version: str, **more) -> dict:
            operation = {"operationId": "a", "method": "POST", "mounts": ["/a"], "parameters": [], "where": []}
            return {"mlflow": version, "operation": operation | more}

        dumps = [dump("3.18.0"), dump("3.17.2", nulls=True)]
        merge = Merge(dumps)
        for d in dumps:
            merge._operation(d["mlflow"], d["operation"])
        self.assertIs(merge.operations["a"]["nulls"], True)


if __name__ == "__main__":
    unittest.main()
