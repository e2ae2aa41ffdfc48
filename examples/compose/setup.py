"""Makes what the other containers need, once: secrets, Keycloak's realm, and folders that they may write to.

Every secret is random and stays in a volume of this example. A second start changes nothing and prints the passwords again.
"""

import base64
import json
import os
import secrets
from pathlib import Path

VOLUMES = Path("/volumes")
KEYCLOAK, MLFLOW, GATEWAY = 1000, 10001, 65532
ROLES = ("viewer", "contributor", "admin")

# Team -> role. Carol is in both teams.
PEOPLE = {
    "ada": {"vision": "contributor"},
    "bob": {"speech": "contributor"},
    "carol": {"vision": "viewer", "speech": "admin"},
}
TEAMS = ("vision", "speech")


def kept(volume: str, name: str, make) -> str:
    """The text of a file, which only the first start writes."""
    path = VOLUMES / volume / name
    if not path.exists():
        part = path.with_suffix(".part")
        part.write_text(make())
        # Only one service has the volume, and its user has no name here.
        part.chmod(0o444)
        part.rename(path)
    return path.read_text()


def groups_mapper(id_token: bool) -> dict:
    """Puts the full paths of a person's groups into tokens: /teams/vision/viewer."""
    return {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {
            "claim.name": "groups",
            "full.path": "true",
            "access.token.claim": "true",
            "id.token.claim": str(id_token).lower(),
        },
    }


def realm(url: str, client_secret: str, passwords: dict[str, str]) -> dict:
    """The realm in Keycloak's export format: https://www.keycloak.org/server/importExport"""
    audience = {
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.custom.audience": "mlflow", "access.token.claim": "true"},
    }
    team = lambda name: {"name": name, "subGroups": [{"name": role} for role in ROLES]}
    return {
        "realm": "ml",
        "enabled": True,
        "displayName": "MLflow example",
        "groups": [{"name": "teams", "subGroups": [team(name) for name in TEAMS]}],
        "clients": [
            {
                # For browsers, through oauth2-proxy: the gateway gets its ID tokens.
                "clientId": "mlflow-ui",
                "secret": client_secret,
                "redirectUris": [f"{url}/oauth2/callback"],
                "attributes": {"post.logout.redirect.uris": f"{url}/*"},
                "protocolMappers": [groups_mapper(id_token=True)],
            },
            {
                # For programs of people. Outside of an example, use the device flow of mlflow-gateway-auth instead of passwords.
                "clientId": "mlflow-cli",
                "publicClient": True,
                "directAccessGrantsEnabled": True,
                "protocolMappers": [audience, groups_mapper(id_token=False)],
            },
        ],
        "users": [
            {
                "username": name,
                "enabled": True,
                "email": f"{name}@example.org",
                "emailVerified": True,
                "firstName": name.capitalize(),
                "lastName": "Example",
                "credentials": [{"type": "password", "value": passwords[name]}],
                "groups": [f"/teams/{team}/{role}" for team, role in teams.items()],
            }
            for name, teams in PEOPLE.items()
        ],
    }


def main() -> None:
    url, issuer = os.environ["MLFLOW_URL"], os.environ["ISSUER"]
    new_passwords = lambda: json.dumps({name: secrets.token_urlsafe(9) for name in PEOPLE})
    passwords = json.loads(kept("people", "passwords.json", new_passwords))
    admin = kept("keycloak-secrets", "admin", lambda: secrets.token_urlsafe(12))
    client_secret = kept("sso-secrets", "client-secret", lambda: secrets.token_urlsafe(32))
    kept("sso-secrets", "cookie-secret", lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    kept("realm", "ml.json", lambda: json.dumps(realm(url, client_secret, passwords), indent=2))
    owners = {"keycloak-data": KEYCLOAK, "data": MLFLOW, "socket": MLFLOW, "audit": GATEWAY}
    for volume, owner in owners.items():
        os.chown(VOLUMES / volume, owner, owner)
        (VOLUMES / volume).chmod(0o755)

    print(f"MLflow, in a browser: {url}\n")
    for name, teams in PEOPLE.items():
        roles = ", ".join(f"{role} in {team}" for team, role in teams.items())
        print(f"  {name:<6} {passwords[name]:<14} {roles}")
    print(f"\nKeycloak's console: {issuer.split('/realms/')[0]}/admin/ml/console/  admin {admin}", flush=True)


main()
