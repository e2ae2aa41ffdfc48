"""What a person has to add to `handwritten.py`, for a handler that does more than the table says.

The strict extraction stops at it. The tolerant one, for the worksheet of a new version (`npm run new-version`), notes it here and goes on
as if the suggestion were in the table. Its description is for reading: `extract --check` refuses it until the table is complete.
"""

from typing import Any

from .handwritten import ANY, BOOLEAN, HANDLERS, INTEGER, STRING, Field, Handler, array, unlisted, unmentioned
from .reads import Reads

# The gateway writes these itself, whatever the caller sends.
WRITTEN_BY_GATEWAY = {"host", "content-length", "transfer-encoding", "connection"}

_TYPES = [
    ("_assert_bool", BOOLEAN, "BOOLEAN"),
    ("_assert_intlike", INTEGER, "INTEGER"),
    ("_assert_array", array(STRING), "array(STRING)"),
    ("_assert_map_key_present", ANY, "ANY"),
]


def complete(
    dotted: str, method: str, entry: Handler, reads: Reads, known: set[tuple[str, str]], version: str
) -> list[dict[str, Any]]:
    """Adds the suggested fields to `entry`; returns the decisions, each with the place of the read (not yet relative)."""
    decisions = []
    for f in unmentioned(entry, reads):
        entry.fields.remove(f)
        decisions.append(
            _decision(dotted, "not read", f.at, f.name, None)
            | {"suggestion": f'The source does not mention it: correct `since` of Field("{f.name}", "{f.at}").'}
        )
    for location, name in unlisted(entry, reads, known):
        at = ("query" if method == "GET" else "json") if location == "any" else location
        place = reads.places.get((location, name))
        decision = _decision(dotted, "read", at, name, place)
        table = HANDLERS.get(dotted, Handler())
        later = next((f for f in table.fields if f.name.lower() == name.lower() and f.since), None)
        if at == "header" and name.lower() in WRITTEN_BY_GATEWAY:
            decisions.append(
                decision
                | {"suggestion": f"IGNORED_HEADERS of fastapi_schema.py: add {name.lower()!r}, which the gateway writes itself."}
            )
            continue
        if later is not None:
            entry.fields.append(later)
            suggestion = f'`since` of Field("{later.name}", "{later.at}") is {later.since}: MLflow {version} reads it already.'
        else:
            schema, spelled = _type(name, reads)
            root = name.split(".")[0].removesuffix("[]")
            entry.fields.append(Field(root, at, schema))
            since = ".".join(version.split(".")[:2])
            kind = "" if spelled == "STRING" else f", {spelled}"
            suggestion = f'Field("{root}", "{at}"{kind}, since="{since}"),'
        decisions.append(decision | {"suggestion": suggestion})
    opaque = set(reads.opaque) if not entry.open_body else set()
    if reads.raw_body and entry.body is None:
        opaque.add("the raw body")
    for text in sorted(opaque):
        decisions.append(
            _decision(dotted, "cannot be followed", "body", text, reads.places.get(("opaque", text)))
            | {"suggestion": "`body=...` or `open_body=True` of the Handler, after reading where it goes."}
        )
    return decisions


def _decision(dotted: str, kind: str, at: str, name: str, place) -> dict[str, Any]:
    return {"handler": dotted, "kind": kind, "at": at, "name": name, "place": place}


def _type(name: str, reads: Reads) -> tuple[dict[str, Any], str]:
    checks = reads.checks.get(name, set())
    if "." in name or "[]" in name:
        return ANY, "ANY"
    return next(((schema, text) for check, schema, text in _TYPES if check in checks), (STRING, "STRING"))
