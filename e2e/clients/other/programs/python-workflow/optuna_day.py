"""Optuna: its callback for MLflow, and MLflow as the storage of a study."""

from one_by_one import call

import mlflow
import optuna
from mlflow.optuna.storage import MlflowStorage
from optuna_integration.mlflow import MLflowCallback

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial):
    x = trial.suggest_float("x", -2, 2)
    kind = trial.suggest_categorical("kind", ["a", "b"])
    trial.set_user_attr("team", "red")
    for step in range(2):
        trial.report(x * x + step, step)
    if trial.number == 2:
        raise optuna.TrialPruned
    return x * x + (kind == "b")


def sampler():
    return optuna.samplers.RandomSampler(seed=1)


callback = MLflowCallback(metric_name="loss", create_experiment=True, mlflow_kwargs={"nested": True, "tags": {"by": "callback"}})
study = optuna.create_study(study_name="optuna-callback", sampler=sampler())
call(study.optimize, objective, n_trials=4, callbacks=[callback])

experiment = mlflow.set_experiment("optuna-storage").experiment_id
storage = MlflowStorage(experiment_id=experiment, name="store", batch_size_threshold=1)
stored = call(optuna.create_study, study_name="stored", storage=storage, sampler=sampler(), direction="minimize")
call(stored.set_user_attr, "owner", "day")
call(stored.optimize, objective, n_trials=4)
call(lambda: (stored.best_value, stored.best_params))
call(lambda: optuna.load_study(study_name="stored", storage=storage).trials)
call(optuna.get_all_study_names, storage)
call(mlflow.search_runs, [experiment], order_by=["start_time ASC"])
print("the day is over")
