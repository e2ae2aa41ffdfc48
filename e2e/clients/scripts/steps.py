"""Steps that are judged one by one, and their report."""

import json
import traceback

from session import CALLS, REPORT


class Steps:
    """Runs named steps; one that fails is recorded and the rest still run, so that one report shows them all."""

    def __init__(self):
        self.results = {}
        self.failures = {}

    def __call__(self, name):
        def run(step):
            first = len(CALLS)
            try:
                self.results[name] = step()
            except Exception as error:
                self.failures[name] = {
                    "error": f"{type(error).__name__}: {error}"[:1000],
                    "code": getattr(error, "error_code", None),
                    "where": traceback.format_exc().strip().splitlines()[-3:],
                    "refused": [call for call in CALLS[first:] if call.get("status", 0) >= 400],
                }
            return step

        return run

    def report(self, **more):
        statuses = {}
        for call in CALLS:
            key = str(call.get("status", "none"))
            statuses[key] = statuses.get(key, 0) + 1
        json.dump(
            {
                "calls": len(CALLS),
                "statuses": statuses,
                "results": self.results,
                "failures": self.failures,
                **more,
            },
            REPORT,
        )
        REPORT.write("\n")
        REPORT.flush()


def check(condition, message):
    if not condition:
        raise AssertionError(message)
