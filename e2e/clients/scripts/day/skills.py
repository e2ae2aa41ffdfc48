"""Skills: register a folder, versions from elsewhere, aliases, tags, search, pull, delete."""

import os
from pathlib import Path

from mlflow import MlflowClient
from mlflow.genai import GitSource, OCISource, ZipSource, pull, register_skill, search_skills

SKILL = "code-review"
ORGANISATION = "acme"


def folder(name, text):
    """A folder with a skill, as an agent reads it."""
    root = Path(name)
    (root / "scripts").mkdir(parents=True)
    (root / "SKILL.md").write_text(f"---\nname: {SKILL}\ndescription: Reviews code.\n---\n\n{text}\n")
    (root / "scripts" / "check.py").write_text("print('checked')\n")
    return str(root)


def files(root):
    """The files of a pulled skill and their text."""
    return {str(path.relative_to(root)): path.read_text() for path in sorted(Path(root).rglob("*")) if path.is_file()}


def work(day):
    client = MlflowClient()
    ask, refused = day.ask, day.refused
    day.ids["skill_name"], day.ids["skill_organization"] = SKILL, ORGANISATION
    first = ask("skills.register", register_skill, source=folder("skill-1", "Read the code."))
    ask("skills.register again", register_skill, source=folder("skill-2", "Read the tests too."), status="draft")
    ask("skills.register in an organisation", register_skill, source=folder("skill-3", "Read it all."), name="review", organization=ORGANISATION)
    refused("skills.register no skill", register_skill, source=os.getcwd(), name="none")
    refused("skills.register a bad name", register_skill, source="skill-1", name="Not A Name")
    ask("skills.create", client.create_skill, name="by-client", description="made first")
    refused("skills.create again", client.create_skill, name="by-client")
    ask("skills.version from git", client.create_skill_version, name="by-client", source=GitSource("https://git.example/skills.git", ref="v1", subpath="review"))
    ask("skills.version from an image", client.create_skill_version, name="by-client", source=OCISource("registry.example/skills/review:1"), status="draft")
    ask("skills.version from an archive", client.create_skill_version, name="archived", organization=ORGANISATION, source=ZipSource("https://files.example/review.zip"))
    several = [{"name": name, "source_type": "git", "source": "https://git.example/skills.git", "ref": "v1", "subpath": name, "digest": str(number) * 64} for number, name in enumerate(("first", "second", "by-client"))]
    ask("skills.register several", client.bulk_register_skills, skill_definitions=several)
    ask("skills.register several again", client.bulk_register_skills, skill_definitions=several)
    ask("skills.register several in an organisation", client.bulk_register_skills, skill_definitions=several[:2], organization=ORGANISATION)
    refused("skills.register a location of MLflow", client.create_skill_version, name="by-client", source="mlflow-artifacts:/skills/by-client/1")
    ask("skills.get", client.get_skill, name=SKILL)
    ask("skills.get in an organisation", client.get_skill, name="review", organization=ORGANISATION)
    refused("skills.get missing", client.get_skill, name="no-such")
    refused("skills.get in another organisation", client.get_skill, name=SKILL, organization=ORGANISATION)
    ask("skills.get version", client.get_skill_version, name=SKILL, version=first.version)
    ask("skills.get latest version", client.get_latest_skill_version, name=SKILL)
    refused("skills.get missing version", client.get_skill_version, name=SKILL, version=99)
    ask("skills.update", client.update_skill, name="by-client", description="changed")
    ask("skills.activate", client.update_skill_version, name=SKILL, version=2, status="active")
    refused("skills.deprecate a draft", client.update_skill_version, name="by-client", version=2, status="deprecated")
    ask("skills.tag", client.set_skill_tag, name=SKILL, key="team", value="nlp")
    ask("skills.tag another", client.set_skill_tag, name="review", organization=ORGANISATION, key="team", value="nlp")
    ask("skills.tag version", client.set_skill_version_tag, name=SKILL, version=1, key="checked", value="yes")
    ask("skills.tagged", client.get_skill, name=SKILL)
    ask("skills.tagged version", client.get_skill_version, name=SKILL, version=1)
    ask("skills.alias", client.set_skill_alias, name=SKILL, alias="production", version=1)
    refused("skills.alias a missing version", client.set_skill_alias, name=SKILL, alias="production", version=99)
    ask("skills.by alias", client.get_skill_version_by_alias, name=SKILL, alias="production")
    refused("skills.by missing alias", client.get_skill_version_by_alias, name=SKILL, alias="none")
    for name, text in {
        "all": None,
        "name": f"name = '{SKILL}'",
        "like": "name LIKE '%review'",
        "organisation": f"organization = '{ORGANISATION}'",
        "tag": "tags.team = 'nlp'",
        "status": "status = 'draft'",
        "none": "name = 'none'",
    }.items():
        ask(f"skills.search {name}", search_skills, filter_string=text, order_by=["name ASC"])
    ask("skills.search selected", search_skills, include_skill_identities=[SKILL, f"@{ORGANISATION}/review"], order_by=["name ASC"])
    ask("skills.search nothing", search_skills, include_skill_identities=[])
    page = ask("skills.page", search_skills, max_results=3, order_by=["name ASC"])
    ask("skills.next page", search_skills, max_results=3, order_by=["name ASC"], page_token=page.token)
    refused("skills.search nonsense", search_skills, filter_string="colour = 'red'")
    ask("skills.search versions", client.search_skill_versions, name=SKILL, order_by=["version DESC"])
    ask("skills.search versions by status", client.search_skill_versions, name="by-client", filter_string="status = 'draft'")
    ask("skills.search versions in an organisation", client.search_skill_versions, name="review", organization=ORGANISATION)
    ask("skills.pull", pull, f"skills:/{SKILL}/1", destination="pulled-1", show=files)
    ask("skills.pull alias", pull, f"skills:/{SKILL}@production", destination="pulled-2", show=files)
    ask("skills.pull latest", pull, f"skills:/{SKILL}", destination="pulled-3", show=files)
    ask("skills.pull in an organisation", pull, f"skills:/@{ORGANISATION}/review/1", destination="pulled-4", show=files)
    refused("skills.pull missing", pull, "skills:/no-such/1", destination="pulled-5")
    ask("skills.unalias", client.delete_skill_alias, name=SKILL, alias="production")
    ask("skills.untag", client.delete_skill_tag, name=SKILL, key="team")
    ask("skills.untag version", client.delete_skill_version_tag, name=SKILL, version=1, key="checked")
    ask("skills.delete version", client.delete_skill_version, name="by-client", version=2)
    ask("skills.delete", client.delete_skill, name="by-client")
    refused("skills.get deleted", client.get_skill, name="by-client")
    ask("skills.delete in an organisation", client.delete_skill, name="first", organization=ORGANISATION)
    refused("skills.delete missing", client.delete_skill, name="no-such")
    ask("skills.register a draft", register_skill, source=folder("skill-4", "Read it twice."), status="draft")
