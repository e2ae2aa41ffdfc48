"""The model registry: models, versions, aliases, stages, tags, search with paging, copies, loading by name."""

import mlflow
from mlflow import MlflowClient

from day.models import X

MODEL = "churn-model"


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    run_id = day.ids["model_run_id"]
    first = ask("registry.register", mlflow.register_model, day.ids["model_uri"], MODEL, tags={"from": "logged model"})
    day.ids |= {"model_name": MODEL, "model_version": first.version}
    second = ask("registry.register from run", mlflow.register_model, f"runs:/{run_id}/model", MODEL)
    ask("registry.create", client.create_registered_model, "empty-model", tags={"domain": "demo"}, description="has no versions")
    third = ask("registry.create version", client.create_model_version, MODEL, day.ids["model_uri"], model_id=day.ids["logged_model_ids"][0], description="by the client", tags={"checked": "no"})
    refused("registry.create again", client.create_registered_model, MODEL)
    refused("registry.create without a name", client.create_registered_model, "")
    refused("registry.create with a slash", client.create_registered_model, "a/b")
    refused("registry.version of a missing model", client.create_model_version, "no-such", day.ids["model_uri"])
    refused("registry.version of a missing run", client.create_model_version, MODEL, f"runs:/{'0' * 32}/model")
    refused("registry.version of a place", client.create_model_version, MODEL, "file:///etc")
    ask("registry.get", client.get_registered_model, MODEL)
    ask("registry.get version", client.get_model_version, MODEL, second.version)
    ask("registry.update", client.update_registered_model, MODEL, description="a model")
    ask("registry.update version", client.update_model_version, MODEL, first.version, description="the first version")
    ask("registry.tag", client.set_registered_model_tag, MODEL, "domain", "demo")
    ask("registry.tag more", client.set_registered_model_tag, MODEL, "gone", "x")
    ask("registry.untag", client.delete_registered_model_tag, MODEL, "gone")
    ask("registry.tag version", client.set_model_version_tag, MODEL, first.version, "checked", "yes")
    ask("registry.tag version fluent", mlflow.set_model_version_tag, MODEL, first.version, "by", "alice")
    ask("registry.untag version", client.delete_model_version_tag, MODEL, first.version, "by")
    ask("registry.alias", client.set_registered_model_alias, MODEL, "champion", first.version)
    ask("registry.alias more", client.set_registered_model_alias, MODEL, "challenger", second.version)
    ask("registry.alias moved", client.set_registered_model_alias, MODEL, "challenger", third.version)
    ask("registry.by alias", client.get_model_version_by_alias, MODEL, "challenger")
    ask("registry.aliases", client.get_registered_model, MODEL)
    ask("registry.unalias", client.delete_registered_model_alias, MODEL, "challenger")
    refused("registry.by alias that is gone", client.get_model_version_by_alias, MODEL, "challenger")
    refused("registry.alias of a missing version", client.set_registered_model_alias, MODEL, "x", "99")
    refused("registry.alias nonsense", client.set_registered_model_alias, MODEL, "v1", first.version)
    ask("registry.stages", client.get_model_version_stages, MODEL, first.version)
    ask("registry.stage", client.transition_model_version_stage, MODEL, first.version, "Staging")
    ask("registry.stage archive", client.transition_model_version_stage, MODEL, second.version, "Staging", archive_existing_versions=True)
    ask("registry.latest", client.get_latest_versions, MODEL)
    ask("registry.latest of a stage", client.get_latest_versions, MODEL, stages=["Staging", "Archived"])
    refused("registry.stage nonsense", client.transition_model_version_stage, MODEL, first.version, "Living room")
    ask("registry.download uri", client.get_model_version_download_uri, MODEL, first.version)
    copy = ask("registry.copy", client.copy_model_version, f"models:/{MODEL}@champion", "copied-model")
    ask("registry.copied", client.get_model_version, "copied-model", copy.version)
    ask("registry.rename", client.rename_registered_model, "empty-model", "renamed-model")
    refused("registry.get by the old name", client.get_registered_model, "empty-model")
    for number in range(3):
        ask(f"registry.create more {number}", client.create_registered_model, f"more-{number}")

    order = ["name ASC"]
    for name, text in {"all": None, "name": f"name = '{MODEL}'", "like": "name LIKE 'more-%'", "tag": "tags.domain = 'demo'", "none": "name = 'no-such'"}.items():
        ask(f"registry.search {name}", client.search_registered_models, filter_string=text, order_by=order)
    ask("registry.search fluent", mlflow.search_registered_models, filter_string="name ILIKE 'MORE-%'", order_by=order)
    page = ask("registry.page 1", client.search_registered_models, max_results=2, order_by=order)
    ask("registry.page 2", client.search_registered_models, max_results=2, order_by=order, page_token=page.token)
    refused("registry.search nonsense", client.search_registered_models, filter_string="colour = 'red'")
    by_version = ["name ASC", "version_number ASC"]
    for name, text in {"all": None, "name": f"name = '{MODEL}'", "run": f"run_id = '{run_id}'", "tag": "tags.checked = 'yes'", "number": "version_number = 2", "none": "name = 'no-such'"}.items():
        ask(f"registry.search versions {name}", client.search_model_versions, text, order_by=by_version)
    ask("registry.search versions fluent", mlflow.search_model_versions, filter_string=f"name = '{MODEL}'", order_by=by_version)
    page = ask("registry.versions page 1", client.search_model_versions, f"name = '{MODEL}'", max_results=2, order_by=by_version)
    ask("registry.versions page 2", client.search_model_versions, f"name = '{MODEL}'", max_results=2, order_by=by_version, page_token=page.token)
    refused("registry.search versions nonsense", client.search_model_versions, "colour = 'red'")
    refused("registry.get missing", client.get_registered_model, "no-such")
    refused("registry.get missing version", client.get_model_version, MODEL, "99")
    refused("registry.get version nonsense", client.get_model_version, MODEL, "one")
    refused("registry.tag missing", client.set_registered_model_tag, "no-such", "a", "1")
    for name, uri in {"alias": f"models:/{MODEL}@champion", "version": f"models:/{MODEL}/{second.version}", "copy": "models:/copied-model/1"}.items():
        model = ask(f"registry.load {name}", mlflow.pyfunc.load_model, uri, show=lambda got: got.metadata.model_id)
        ask(f"registry.predict {name}", model.predict, X[:3])
    ask("registry.load sklearn", mlflow.sklearn.load_model, f"models:/{MODEL}/Staging", show=lambda got: got.coef_)
    refused("registry.load missing", mlflow.pyfunc.load_model, "models:/no-such/1")
    refused("registry.load missing alias", mlflow.pyfunc.load_model, f"models:/{MODEL}@nobody")
    ask("registry.delete version", client.delete_model_version, MODEL, third.version)
    refused("registry.get deleted version", client.get_model_version, MODEL, third.version)
    ask("registry.delete", client.delete_registered_model, "renamed-model")
    refused("registry.delete again", client.delete_registered_model, "renamed-model")
