"""An ordinary day of two teams with MLflow's own client, and what the audit log says about it."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

TRACKING = os.environ["MLFLOW_TRACKING_URI"]
AUDIT = Path("/audit/audit.jsonl")
COLUMNS = ("subject", "tenant", "decision", "status_code", "operation", "reason")
PASSWORDS = json.loads(Path("/people/passwords.json").read_text())


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[float], params=None) -> list[float]:
        return [2 * value for value in model_input]


def token(person: str) -> str:
    form = {"grant_type": "password", "client_id": "mlflow-cli", "username": person, "password": PASSWORDS[person]}
    url = f"{os.environ['ISSUER']}/protocol/openid-connect/token"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as response:
        return json.load(response)["access_token"]


def become(person: str) -> None:
    os.environ["MLFLOW_TRACKING_TOKEN"] = token(person)
    print(f"\n{person}")


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def must_fail(what: str, call, *expected: str) -> None:
    """Prints the refusal. Ends the day if there is none."""
    try:
        call()
    except MlflowException as error:
        if error.error_code not in expected:
            raise
        say(f"{what}: {error.error_code}")
        return
    raise SystemExit(f"{what}: this must not work")


def work(person: str) -> str:
    """A run with parameters, metrics, an artifact and a registered model. Both teams use the same names."""
    become(person)
    mlflow.set_experiment("churn")
    with mlflow.start_run(run_name=f"first of {person}") as run:
        mlflow.log_param("alpha", 0.5)
        for step, rmse in enumerate((0.61, 0.48, 0.41)):
            mlflow.log_metric("rmse", rmse, step=step)
        mlflow.log_text(f"notes of {person}", "notes.txt")
        mlflow.pyfunc.log_model(
            name="model", python_model=Doubler(), registered_model_name="churn", pip_requirements=["mlflow"]
        )
    say("logged a run with parameters, metrics and an artifact, and registered the model churn")
    return run.info.run_id


def sees(person: str, other: str) -> None:
    names = [run.info.run_name for run in mlflow.search_runs(search_all_experiments=True, output_format="list")]
    models = [(model.name, model.latest_versions[0].run_id) for model in mlflow.search_registered_models()]
    if any(other in name for name in names) or len(models) != 1:
        raise SystemExit(f"{person} sees {names} and {models}")
    say(f"sees the runs {sorted(set(names))} and one model, {models[0][0]}")


def wait_for_sign_in() -> None:
    deadline = time.monotonic() + 300
    while True:
        try:
            urllib.request.urlopen(f"{TRACKING}/oauth2/ping").close()
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def show_audit(begin: int) -> None:
    """The lines of this day, without those that only read and succeeded. Repeated lines are one line with a number."""
    deadline = time.monotonic() + 60
    # The gateway writes lines in order and soon: the last request of the day is the last line.
    while True:
        lines = [json.loads(line) for line in AUDIT.read_bytes()[begin:].split(b"\n")[:-1]]
        if lines and lines[-1]["reason"] == "tenant_not_granted":
            break
        if time.monotonic() > deadline:
            raise SystemExit("the audit log lacks the last request")
        time.sleep(0.1)
    shown: list[list] = []
    for line in lines:
        reads = (line.get("permission") or "").endswith((":read", ":list"))
        if reads and line["status_code"] < 400:
            continue
        columns = [str(line.get(name) or "-") for name in COLUMNS]
        if shown and shown[-1][1:] == columns:
            shown[-1][0] += 1
        else:
            shown.append([1, *columns])
    print(f"\nThe audit log has {len(lines)} lines of this day. Without successful reading:\n")
    for times, *columns in shown:
        row = "  {:<6} {:<7} {:<6} {:<4} {:<24} {}".format(*columns)
        print(row if times == 1 else f"{row} ({times} times)")


def main() -> None:
    wait_for_sign_in()
    begin = AUDIT.stat().st_size
    ada_run = work("ada")
    sees("ada", "bob")
    bob_run = work("bob")
    sees("bob", "ada")
    must_fail("reads the run of ada", lambda: mlflow.get_run(ada_run), "RESOURCE_DOES_NOT_EXIST")
    must_fail(
        "downloads its artifact",
        lambda: mlflow.artifacts.load_text(f"runs:/{ada_run}/notes.txt"),
        "RESOURCE_DOES_NOT_EXIST",
    )

    become("carol")
    mlflow.set_workspace("vision")
    say(f"in vision reads: {mlflow.artifacts.load_text(f'runs:/{ada_run}/notes.txt')}")
    client = mlflow.MlflowClient()
    must_fail("a viewer there, tags it", lambda: client.set_tag(ada_run, "seen", "yes"), "PERMISSION_DENIED")
    must_fail("reads the run of bob from there", lambda: mlflow.get_run(bob_run), "RESOURCE_DOES_NOT_EXIST")
    mlflow.set_workspace("speech")
    mlflow.MlflowClient().set_registered_model_alias("churn", "champion", 1)
    say("in speech, as its admin, makes version 1 of churn the champion")
    must_fail(
        "in a third team",
        lambda: (mlflow.set_workspace("payments"), mlflow.get_run(ada_run)),
        "PERMISSION_DENIED",
    )
    show_audit(begin)


main()
