"""Prompts: register, versions, alias, load, format, tags, search, links, delete."""

import mlflow
from mlflow import MlflowClient
from mlflow.genai import (
    delete_prompt_alias,
    delete_prompt_tag,
    delete_prompt_version_tag,
    get_prompt_tags,
    load_prompt,
    register_prompt,
    search_prompts,
    set_prompt_alias,
    set_prompt_model_config,
    set_prompt_tag,
    set_prompt_version_tag,
)

PROMPT = "greeting"


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    day.ids["prompt_name"] = PROMPT
    first = ask("prompts.register", register_prompt, PROMPT, "Say {{what}} to {{whom}}.", commit_message="first", tags={"lang": "en"})
    second = ask("prompts.register version", register_prompt, PROMPT, "Please say {{what}} to {{whom}}.", commit_message="politer")
    chat = [{"role": "system", "content": "You are {{who}}."}, {"role": "user", "content": "{{question}}"}]
    ask("prompts.register chat", register_prompt, "chat", chat, model_config={"model_name": "none", "temperature": 0.5})
    ask("prompts.register structured", register_prompt, "structured", "{{x}}", response_format={"type": "object", "properties": {"a": {"type": "string"}}})
    refused("prompts.register over a model", register_prompt, day.ids["model_name"], "x")
    refused("prompts.register nonsense", register_prompt, "a/b", "x")
    ask("prompts.load", load_prompt, f"prompts:/{PROMPT}/{first.version}")
    ask("prompts.load latest", load_prompt, f"prompts:/{PROMPT}@latest")
    ask("prompts.load by name", load_prompt, PROMPT, version=2)
    ask("prompts.format", lambda: load_prompt(f"prompts:/{PROMPT}/1").format(what="hi", whom="Bob"))
    ask("prompts.format partly", lambda: load_prompt(f"prompts:/{PROMPT}/1").format(what="hi", allow_partial=True))
    refused("prompts.format with something missing", lambda: load_prompt(f"prompts:/{PROMPT}/1").format(what="hi"))
    ask("prompts.format chat", lambda: load_prompt("prompts:/chat/1").format(who="nobody", question="why?"))
    ask("prompts.alias", set_prompt_alias, PROMPT, "live", second.version)
    ask("prompts.load alias", load_prompt, f"prompts:/{PROMPT}@live")
    ask("prompts.version by alias", client.get_prompt_version_by_alias, PROMPT, "live")
    ask("prompts.unalias", delete_prompt_alias, PROMPT, "live")
    refused("prompts.load alias that is gone", load_prompt, f"prompts:/{PROMPT}@live", cache_ttl_seconds=0)
    ask("prompts.load missing", load_prompt, "prompts:/no-such/1", allow_missing=True)
    refused("prompts.load missing strictly", load_prompt, "prompts:/no-such/1")
    refused("prompts.load missing version", load_prompt, f"prompts:/{PROMPT}/99")
    ask("prompts.tag", set_prompt_tag, PROMPT, "team", "nlp")
    ask("prompts.tags", get_prompt_tags, PROMPT)
    ask("prompts.untag", delete_prompt_tag, PROMPT, "team")
    ask("prompts.tag version", set_prompt_version_tag, PROMPT, "1", "checked", "yes")
    ask("prompts.untag version", delete_prompt_version_tag, PROMPT, "1", "checked")
    ask("prompts.model config", set_prompt_model_config, PROMPT, 1, {"temperature": 0.1})
    ask("prompts.get", client.get_prompt, PROMPT)
    ask("prompts.get missing", client.get_prompt, "no-such")
    ask("prompts.get version", client.get_prompt_version, PROMPT, 1)
    for name, text in {"all": None, "name": f"name = '{PROMPT}'", "like": "name LIKE 'c%'", "tag": "tags.lang = 'en'", "none": "name = 'none'"}.items():
        ask(f"prompts.search {name}", search_prompts, filter_string=text, show=lambda got: sorted(got, key=lambda prompt: prompt.name))
    ask("prompts.page", client.search_prompts, max_results=2)
    refused("prompts.search nonsense", search_prompts, filter_string="colour = 'red'")
    ask("prompts.versions", client.search_prompt_versions, PROMPT)
    ask("prompts.not among models", client.search_registered_models, filter_string=f"name = '{PROMPT}'")
    with mlflow.start_run(run_name="prompted") as run:
        day.ids["run_ids"].append(run.info.run_id)
        ask("prompts.load in a run", load_prompt, f"prompts:/{PROMPT}/2")
    ask("prompts.link to a run", client.link_prompt_version_to_run, run.info.run_id, load_prompt(f"prompts:/{PROMPT}/1"))
    ask("prompts.of the run", client.list_logged_prompts, run.info.run_id)
    refused("prompts.detach", client.detach_prompt_from_run, run.info.run_id, f"prompts:/{PROMPT}/1")
    ask("prompts.run tags", client.get_run, run.info.run_id, show=lambda got: got.data.tags)
    ask("prompts.link to a model", client.link_prompt_version_to_model, PROMPT, "2", day.ids["logged_model_ids"][0])
    ask("prompts.create", client.create_prompt, "by-client", description="a prompt", tags={"k": "v"})
    ask("prompts.create version", client.create_prompt_version, "by-client", "{{x}}", description="one", tags={"k": "w"})
    refused("prompts.delete missing", client.delete_prompt, "no-such")
    ask("prompts.delete version", client.delete_prompt_version, "by-client", "1")
    ask("prompts.delete", client.delete_prompt, "by-client")
    ask("prompts.get deleted", client.get_prompt, "by-client")
