"""A data scientist's day with MLflow's own Python client. Prints one JSON report: every step with what it got back.

Ordinary work and ordinary mistakes, nothing that knows of the gateway. Run straight at an MLflow and through the
gateway, the two reports have to say the same.
"""

import json

from session import CALLS, REPORT

from day import artifacts, autolog, datasets, deep_learning, evaluate, experiments, genai, models, prompts, registry, runs, servers, skills, traces
from day.day import Day
from day.requirements import leave_uninferred

AREAS = [experiments, runs, datasets, artifacts, models, registry, prompts, traces, genai, evaluate, autolog, deep_learning, skills, servers]

leave_uninferred()
day = Day()
for area in AREAS:
    day.area(area.work)

json.dump({"calls": len(CALLS), "steps": day.steps, "ids": day.ids}, REPORT)
REPORT.write("\n")
REPORT.flush()
