"""Makes a person a member of a team, in Keycloak: `add_team.py TEAM PERSON ROLE`. Creates the team's groups if they are missing.

The same can be done by hand in Keycloak's console. The gateway needs no change: the group /teams/TEAM/ROLE names both.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

SERVER, _, REALM = os.environ["ISSUER"].partition("/realms/")
PASSWORD = Path("/run/secrets-of-keycloak/admin").read_text()
ROLES = ("viewer", "contributor", "admin")


def ask(url: str, token: str = "", method: str = "GET", body: bytes | None = None, kind: str = "application/json"):
    request = urllib.request.Request(SERVER + url, body, {"Content-Type": kind}, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read() or "null")


def sign_in() -> str:
    form = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": PASSWORD}
    body = urllib.parse.urlencode(form).encode()
    url = "/realms/master/protocol/openid-connect/token"
    return ask(url, method="POST", body=body, kind="application/x-www-form-urlencoded")["access_token"]


def main(team: str, person: str, role: str) -> None:
    if role not in ROLES or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", team):
        sys.exit(f"A team is lower-case letters, digits and '-'. A role is one of {', '.join(ROLES)}.")
    token, admin = sign_in(), f"/admin/realms/{REALM}"
    users = ask(f"{admin}/users?exact=true&username={urllib.parse.quote(person)}", token)
    if not users:
        sys.exit(f"There is no person {person}. Create one in {SERVER}/admin/{REALM}/console/ first.")

    def group(path: str, parent: str, name: str) -> str:
        """The id of a group, which is created if it does not exist."""
        try:
            return ask(f"{admin}/group-by-path/{path}/{name}", token)["id"]
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            body = json.dumps({"name": name}).encode()
            return ask(f"{admin}/groups/{parent}/children", token, "POST", body)["id"]

    teams = ask(f"{admin}/group-by-path/teams", token)["id"]
    members = {one: group(f"teams/{team}", group("teams", teams, team), one) for one in ROLES}
    ask(f"{admin}/users/{users[0]['id']}/groups/{members[role]}", token, "PUT")
    print(f"{person} is {role} in {team}, from the next sign-in on.")


if len(sys.argv) != 4:
    sys.exit("add_team.py TEAM PERSON ROLE")
main(*sys.argv[1:])
