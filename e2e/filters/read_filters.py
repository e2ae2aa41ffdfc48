"""Reads filters with MLflow's own parsers, the ones that its stores call.

Each line of standard input: {"filters": [[dialect, text], ...]}. A line of standard output for each: {"version",
"dialects": [...], "keywords": [...], "read": [...]}, where `read` has for each filter either a list of [kind, key, comparator, value] or null (refused, or a
dialect that this MLflow has not). A value is text, {"number": ...}, a list of texts, or null.
"""

import json
import sys

import mlflow
from mlflow.utils import search_utils


def plain(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    # As text: JSON has no infinity, and JavaScript no long integers.
    return {"number": repr(value)}


# In searches for skills MLflow makes a number of a number's text, which is what is compared here.
if hasattr(search_utils, "_to_number"):
    search_utils._to_number = str


def comparisons(name, method="parse_search_filter"):
    parser = getattr(getattr(search_utils, name, None), method, None)
    if parser is None:
        return None

    def read(text):
        return [[c["type"], c["key"], c["comparator"].upper(), plain(c["value"])] for c in parser(text)]

    return read


def logged_models():
    try:
        from mlflow.utils.search_logged_model_utils import parse_filter_string
    except ImportError:
        return None

    def read(text):
        return [[c.entity.type.value, c.entity.key, c.op.upper(), plain(c.value)] for c in parse_filter_string(text)]

    return read


def trace_metrics():
    parser = getattr(search_utils, "SearchTraceMetricsUtils", None)
    if parser is None:
        return None

    def read(text):
        c = parser.parse_search_filter(text)
        return [[f"{c.view_type}.{c.entity}", c.key or "", c.comparator, plain(c.value)]]

    return read


READERS = {
    "experiments": comparisons("SearchExperimentsUtils"),
    "runs": comparisons("SearchUtils"),
    "registered-models": comparisons("SearchModelUtils"),
    "model-versions": comparisons("SearchModelVersionUtils"),
    "logged-models": logged_models(),
    "traces": comparisons("SearchTraceUtils", "parse_search_filter_for_search_traces"),
    "trace-metrics": trace_metrics(),
    "evaluation-datasets": comparisons("SearchEvaluationDatasetsUtils"),
    "issues": comparisons("SearchIssuesUtils"),
    "mcp-servers": comparisons("SearchMCPServerUtils"),
    "mcp-server-versions": comparisons("SearchMCPServerVersionUtils"),
    "mcp-access-endpoints": comparisons("SearchMCPAccessEndpointUtils"),
    "skills": comparisons("SearchSkillUtils"),
    "skill-versions": comparisons("SearchSkillVersionUtils"),
}


def attempt(dialect, text):
    reader = READERS[dialect]
    try:
        return None if reader is None else reader(text)
    except Exception:
        # Some of what MLflow refuses ends as a defect (500), not as an MlflowException.
        return None


def keywords():
    """Every word that the installed sqlparse takes for more than a name."""
    from sqlparse import keywords as words

    return sorted({word for name in dir(words) if name.startswith("KEYWORDS") for word in getattr(words, name)})


def answer(given):
    return {
        "version": mlflow.__version__,
        "dialects": [name for name, reader in READERS.items() if reader],
        "keywords": keywords(),
        "read": [attempt(dialect, text) for dialect, text in given["filters"]],
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
