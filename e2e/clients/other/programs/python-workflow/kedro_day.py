"""A pipeline of Kedro with kedro-mlflow: parameters, metrics, artifacts and a model, of a run that ends and one that fails."""

from one_by_one import call, leave_uninferred

import os
import sys
from pathlib import Path

os.environ["KEDRO_DISABLE_TELEMETRY"] = "true"

PROJECT = Path(os.environ["WORK"]) / "project"
FILES = {
    "pyproject.toml": '[tool.kedro]\npackage_name = "day_flow"\nproject_name = "day"\nkedro_init_version = "1.7.0"\nsource_dir = "src"\n',
    "conf/base/parameters.yml": "alpha: 0.5\nsplit:\n  share: 0.8\n  names: [a, b]\nbreak: false\n",
    "conf/base/mlflow.yml": "tracking:\n  experiment:\n    name: kedro-day\n  params:\n    dict_params:\n      flatten: true\n",
    "conf/base/catalog.yml": """
table:
  type: kedro_mlflow.io.artifacts.MlflowArtifactDataset
  dataset: {type: kedro_day_data.Text, filepath: data/table.txt}
score:
  type: kedro_mlflow.io.metrics.MlflowMetricDataset
  key: score
steps:
  type: kedro_mlflow.io.metrics.MlflowMetricHistoryDataset
  key: steps
model:
  type: kedro_mlflow.io.models.MlflowModelTrackingDataset
  flavor: mlflow.sklearn
  save_args: {name: model}
""",
    "conf/local/.keep": "",
    "src/kedro_day_data.py": """
from pathlib import Path
from kedro.io import AbstractDataset

class Text(AbstractDataset):
    def __init__(self, filepath, **_):
        self._filepath = Path(filepath)
    def load(self):
        return self._filepath.read_text()
    def save(self, data):
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        self._filepath.write_text(data)
    def _describe(self):
        return {"filepath": str(self._filepath)}
""",
    "src/day_flow/__init__.py": "",
    "src/day_flow/settings.py": "",
    "src/day_flow/pipeline_registry.py": """
from kedro.pipeline import node, pipeline
from sklearn.linear_model import Ridge

def fit(alpha, split):
    return Ridge(alpha=alpha).fit([[0.0], [1.0]], [0.0, 1.0]), "a,b", 0.75, [0.1, 0.2]

def check(table, broken):
    if broken:
        raise ValueError("this pipeline never works")
    return len(table)

def register_pipelines():
    return {"__default__": pipeline([
        node(fit, ["params:alpha", "params:split"], ["model", "table", "score", "steps"], name="fit"),
        node(check, ["table", "params:break"], "length", name="check"),
    ])}
""",
}
for name, text in FILES.items():
    (PROJECT / name).parent.mkdir(parents=True, exist_ok=True)
    (PROJECT / name).write_text(text)
sys.path.insert(0, str(PROJECT / "src"))
os.chdir(PROJECT)

import mlflow
import mlflow.sklearn
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

leave_uninferred()
bootstrap_project(PROJECT)


def session(params):
    with KedroSession.create(PROJECT, **({"runtime_params": params})) as made:
        return made.run()


call(session, {})
call(session, {"break": True})
call(mlflow.search_runs, experiment_names=["kedro-day"], order_by=["start_time ASC"])
print("the day is over")
