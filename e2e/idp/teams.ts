/** Groups, roles and several realms of a real Keycloak, and groups of a real LDAP directory, with the files of docs/providers/keycloak.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Keycloak } from '../../dev/keycloak.ts';
import { identityFilesOf } from '../../src/identity/providers/testing/documented-provider.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

/** Describes the tests; they share the Keycloak of the file that calls this. */
export function describeTeams(keycloak: () => Keycloak, dir: string): void {
  let stack: Stack;

  beforeAll(async () => {
    const files = identityFilesOf('keycloak');
    const issuers = files.map((file) => file.replace(/^issuers:\n/, '')).join('');
    const path = join(dir, 'identity.yaml');
    writeFileSync(
      path,
      `issuers:\n${issuers.replaceAll('https://keycloak.example.com', keycloak().address)}`,
    );
    stack = await startStack({
      auth: 'oidc',
      env: { GW_OIDC_ISSUER: '', GW_OIDC_AUDIENCE: '', GW_IDENTITY_FILE: path },
      tenants: ['vision', 'speech'],
    });
  });
  afterAll(() => stack?.stop());

  async function token(realm: string, parameters: Record<string, string>): Promise<string> {
    const answer = await fetch(`${keycloak().address}/realms/${realm}/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
    });
    const body = (await answer.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(`Keycloak gave no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }
  const ofUser = (realm: string, username: string): Promise<string> =>
    token(realm, { grant_type: 'password', client_id: 'mlflow-cli', username, password: 'demo' });
  const ofTrainer = (): Promise<string> =>
    token('machines', {
      grant_type: 'client_credentials',
      client_id: 'trainer',
      client_secret: 'demo-secret',
    });

  /** Creates an experiment; the audit line says for whom. */
  async function create(bearer: string, tenant: string) {
    const answer = await stack.anonymous('/api/2.0/mlflow/experiments/create', {
      json: { name: unique('team') },
      headers: { authorization: `Bearer ${bearer}`, 'x-mlflow-workspace': tenant },
    });
    const { subject, issuer, reason } = await stack.auditOf(answer);
    const body = (await answer.json()) as { experiment_id?: string };
    return { status: answer.status, subject, issuer, reason, id: body.experiment_id };
  }
  async function read(bearer: string, tenant: string, id: string | undefined): Promise<number> {
    const answer = await stack.anonymous(`/api/2.0/mlflow/experiments/get?experiment_id=${id}`, {
      headers: { authorization: `Bearer ${bearer}`, 'x-mlflow-workspace': tenant },
    });
    return answer.status;
  }
  const realm = (name: string): string => `${keycloak().address}/realms/${name}`;

  describe('with an identity file', () => {
    it('a person is admin in one team and viewer in the other, by groups with their full path', async () => {
      const ada = await ofUser('people', 'ada');
      const made = await create(ada, 'speech');
      expect(made).toMatchObject({ status: 200, subject: 'ada', issuer: realm('people') });
      expect(await create(ada, 'vision')).toMatchObject({ status: 403, reason: 'role_insufficient' });
      expect([await read(ada, 'speech', made.id), await read(ada, 'vision', made.id)]).toEqual([200, 404]);
    });

    it('a realm role makes a contributor', async () => {
      expect(await create(await ofUser('people', 'rob'), 'vision')).toMatchObject({
        status: 200,
        subject: 'rob',
      });
    });

    it('a group above the roles, one of another path and a role without a team give nothing', async () => {
      const outcome = { status: 401, reason: 'tenant_claim_missing' };
      expect(await create(await ofUser('people', 'eve'), 'vision')).toMatchObject(outcome);
    });

    it('a machine of a second realm has the client roles', async () => {
      const trainer = await ofTrainer();
      expect(await create(trainer, 'vision')).toMatchObject({
        status: 200,
        subject: 'trainer',
        issuer: realm('machines'),
      });
      expect(await create(trainer, 'speech')).toMatchObject({ status: 403, reason: 'role_insufficient' });
    });

    it('a person of an LDAP directory is in the teams of two LDAP groups', async () => {
      const lin = await ofUser('directory', 'lin');
      const made = await create(lin, 'speech');
      expect(made).toMatchObject({ status: 200, subject: 'lin', issuer: realm('directory') });
      expect(await create(lin, 'vision')).toMatchObject({ status: 403, reason: 'role_insufficient' });
      expect(await read(await ofUser('people', 'ada'), 'speech', made.id)).toBe(200);
    });

    it('a person of the directory without such a group has nothing, also with the name of one who has', async () => {
      const outcome = { status: 401, reason: 'tenant_claim_missing' };
      expect(await create(await ofUser('directory', 'ada'), 'speech')).toMatchObject(outcome);
    });

    it('a token of a realm that is not in the file is refused', async () => {
      expect(await create(await ofUser('ml', 'ada'), 'vision')).toMatchObject({
        status: 401,
        reason: 'token_invalid',
      });
    });
  });
}
