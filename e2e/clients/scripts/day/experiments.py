"""Experiments: create, read, tag, search with paging, rename, delete, restore."""

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType

NAME = "churn"


def by_name(experiments):
    return {experiment.name: experiment for experiment in experiments}


def made(experiment_id):
    return {"experiment_id": experiment_id}


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    experiment_id = ask("experiments.create", mlflow.create_experiment, NAME, tags={"purpose": "e2e", "text": "ünï 'q' \"d\""}, show=made)
    day.ids |= {"experiment_id": experiment_id, "experiment_name": NAME}
    got = ask("experiments.get", client.get_experiment, experiment_id)
    day.ids["artifact_location"] = got.artifact_location
    ask("experiments.set active", mlflow.set_experiment, NAME)
    ask("experiments.get fluent", mlflow.get_experiment, experiment_id)
    ask("experiments.by name", client.get_experiment_by_name, NAME)
    ask("experiments.by name fluent", mlflow.get_experiment_by_name, NAME)
    ask("experiments.by a name that is none", client.get_experiment_by_name, "no-such")
    ask("experiments.tag", client.set_experiment_tag, experiment_id, "owner", "alice")
    ask("experiments.tag fluent", mlflow.set_experiment_tag, "extra", 7)
    ask("experiments.tags fluent", mlflow.set_experiment_tags, {"one": "1", "two": "2"})
    ask("experiments.untag", client.delete_experiment_tag, experiment_id, "one")
    ask("experiments.untag fluent", mlflow.delete_experiment_tag, "two")
    refused("experiments.untag what is not there", client.delete_experiment_tag, experiment_id, "one")
    ask("experiments.tagged", client.get_experiment, experiment_id)
    for number in range(5):
        ask(f"experiments.create more {number}", client.create_experiment, f"more-{number}", tags={"number": str(number % 2)}, show=made)
    refused("experiments.create again", client.create_experiment, NAME)
    refused("experiments.create without a name", client.create_experiment, "")
    refused("experiments.get missing", client.get_experiment, "987654321")
    refused("experiments.get what is no id", client.get_experiment, "abc")
    order = ["name ASC"]
    ask("experiments.search all", client.search_experiments, order_by=order, show=by_name)
    ask("experiments.search fluent", mlflow.search_experiments, order_by=["name DESC"], show=by_name)
    ask("experiments.search name", client.search_experiments, filter_string=f"name = '{NAME}'")
    ask("experiments.search like", client.search_experiments, filter_string="name LIKE 'more-%'", order_by=order)
    ask("experiments.search ilike", client.search_experiments, filter_string="name ILIKE 'MORE-%'", order_by=order)
    ask("experiments.search tag", client.search_experiments, filter_string="tags.number = '1'", order_by=order)
    ask("experiments.search two", client.search_experiments, filter_string="tags.purpose = 'e2e' AND name != 'x'")
    ask("experiments.search none", client.search_experiments, filter_string="tags.purpose = 'nothing'")
    refused("experiments.search nonsense", client.search_experiments, filter_string="name ~ 'x'")
    refused("experiments.search unknown attribute", client.search_experiments, filter_string="colour = 'red'")
    refused("experiments.search too many", client.search_experiments, max_results=1_000_000)
    refused("experiments.search order nonsense", client.search_experiments, order_by=["colour ASC"])
    # Under `tags` "Default" is not the tenant's to list.
    own = "name != 'Default'"
    first = ask("experiments.page 1", client.search_experiments, filter_string=own, max_results=2, order_by=order)
    second = ask("experiments.page 2", client.search_experiments, filter_string=own, max_results=2, order_by=order, page_token=first.token)
    ask("experiments.page 3", client.search_experiments, filter_string=own, max_results=2, order_by=order, page_token=second.token)
    refused("experiments.page that is none", client.search_experiments, page_token="bm9uc2Vuc2U=")
    scratch = ask("experiments.create scratch", client.create_experiment, "scratch", show=made)
    ask("experiments.rename", client.rename_experiment, scratch, "scratch-2")
    refused("experiments.rename to a taken name", client.rename_experiment, scratch, NAME)
    ask("experiments.delete", client.delete_experiment, scratch)
    ask("experiments.deleted", client.get_experiment, scratch)
    refused("experiments.rename deleted", client.rename_experiment, scratch, "scratch-3")
    ask("experiments.search deleted", client.search_experiments, view_type=ViewType.DELETED_ONLY)
    ask("experiments.search with deleted", client.search_experiments, view_type=ViewType.ALL, filter_string="name LIKE 'scratch%'")
    refused("experiments.set active deleted", mlflow.set_experiment, "scratch-2")
    ask("experiments.restore", client.restore_experiment, scratch)
    ask("experiments.restored", client.get_experiment, scratch)
    ask("experiments.delete again", mlflow.delete_experiment, scratch)
    mlflow.set_experiment(NAME)
