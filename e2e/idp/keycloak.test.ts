/**
 * A real Keycloak, set up as docs/integration-guide.md says, in front of a real MLflow: discovery, its own key set,
 * its tokens as it makes them (a typ of its own, several audiences, nested roles).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Keycloak, startKeycloak } from '../../dev/keycloak.ts';
import { type Slapd, startSlapd } from '../../dev/slapd.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';
import { describeIntrospection } from './introspection.ts';
import { describePythonHelper, HELPER_CLIENTS, HELPER_USERS } from './python-helper.ts';
import { REALM } from './realm.ts';
import { describeTeams } from './teams.ts';
import { DIRECTORY_LDIF, teamsRealms } from './teams-realms.ts';

let keycloak: Keycloak;
let directory: Slapd;
let stack: Stack;
const dir = mkdtempSync(join(tmpdir(), 'keycloak-'));

beforeAll(async () => {
  directory = await startSlapd(dir, DIRECTORY_LDIF);
  const realm = {
    ...REALM,
    clients: [...REALM.clients, ...HELPER_CLIENTS],
    users: [...REALM.users, ...HELPER_USERS],
  };
  keycloak = await startKeycloak({ dir, realm, moreRealms: teamsRealms(directory) });
  stack = await startStack({
    auth: 'oidc',
    env: { GW_OIDC_ISSUER: `${keycloak.address}/realms/ml`, GW_ROLE_CLAIM: 'realm_access.roles' },
  });
});

afterAll(async () => {
  await stack?.stop();
  await keycloak?.stop();
  await directory?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function token(parameters: Record<string, string>): Promise<string> {
  const answer = await fetch(`${keycloak.address}/realms/ml/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  });
  const body = (await answer.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`Keycloak gave no token: ${JSON.stringify(body)}`);
  return body.access_token;
}

const ofUser = (username: string, client = 'mlflow-cli'): Promise<string> =>
  token({ grant_type: 'password', client_id: client, username, password: 'demo' });

const CREATE = '/api/2.0/mlflow/experiments/create';
const call = async (
  bearer: string,
  name: string,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const answer = await stack.anonymous(CREATE, {
    json: { name },
    headers: { authorization: `Bearer ${bearer}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describeTeams(() => keycloak, dir);
describeIntrospection(() => keycloak, dir);
describePythonHelper(
  () => `${keycloak.address}/realms/ml`,
  () => stack,
  async (username, run) => {
    const headers = { authorization: `Bearer ${await ofUser(username)}` };
    return (await stack.anonymous(`/api/2.0/mlflow/runs/get?run_id=${run}`, { headers })).status;
  },
  dir,
);

// Last: it stops Keycloak.
describe('Keycloak', () => {
  it('lets a contributor work, hidden from the other team', async () => {
    const name = unique('kc');
    const made = await call(await ofUser('ada'), name);
    expect(made.status).toBe(200);
    const id = made.body.experiment_id;
    const seen = await stack.anonymous(`/api/2.0/mlflow/experiments/get?experiment_id=${id}`, {
      headers: { authorization: `Bearer ${await ofUser('bob')}` },
    });
    expect(seen.status).toBe(404);
  });

  it('lets a machine work with client credentials, without an e-mail claim', async () => {
    const bearer = await token({
      grant_type: 'client_credentials',
      client_id: 'team-a-ci',
      client_secret: 'demo-secret',
    });
    expect((await call(bearer, unique('ci'))).status).toBe(200);
  });

  it.each([
    ['a viewer', () => ofUser('vera'), 403, 'role_insufficient'],
    ['a user without a tenant', () => ofUser('nobody'), 401, 'tenant_claim_missing'],
    ['a token for another application', () => ofUser('ada', 'other-app'), 401, 'token_invalid'],
    ['a token with its payload changed', async () => forged(await ofUser('vera')), 401, 'token_invalid'],
  ])('refuses %s', async (_, get, status, reason) => {
    expect(await call(await get(), unique('kc'))).toMatchObject({ status, body: { reason } });
  });

  it('continues with known keys when Keycloak is down', async () => {
    const bearer = await ofUser('ada');
    await keycloak.stop();
    expect((await call(bearer, unique('kc'))).status).toBe(200);
    expect((await stack.anonymous('/readyz')).status).toBe(200);
  });
});

function forged(bearer: string): string {
  const [head, payload, signature] = bearer.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString('utf8')) as Record<string, unknown>;
  const changed = Buffer.from(JSON.stringify({ ...claims, tenant_id: 'team-b' })).toString('base64url');
  return [head, changed, signature].join('.');
}
