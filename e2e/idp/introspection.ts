/**
 * The introspection endpoint of a real Keycloak. Keycloak's access tokens are JWTs, which the gateway never introspects, but its endpoint
 * answers about them as about opaque ones: the client's password, the answers for access and refresh tokens, and the end of a session.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Keycloak } from '../../dev/keycloak.ts';
import { IntrospectionEndpoint } from '../../src/identity/introspection/introspection-endpoint.ts';
import { checkIntrospected } from '../../src/identity/issuer/introspected.ts';

/** Describes the tests; they share the Keycloak of the file that calls this, with its realm `ml`. */
export function describeIntrospection(keycloak: () => Keycloak, dir: string): void {
  let endpoint: IntrospectionEndpoint;

  const at = (path: string): string => `${keycloak().address}/realms/ml/protocol/openid-connect/${path}`;

  /** An endpoint whose client has this secret. */
  function withSecret(secret: string): IntrospectionEndpoint {
    const clientSecretFile = join(dir, secret);
    writeFileSync(clientSecretFile, `${secret}\n`);
    const config = { uri: at('token/introspect'), clientId: 'team-a-ci', clientSecretFile };
    return new IntrospectionEndpoint({ config });
  }

  async function signIn(): Promise<{ access_token: string; refresh_token: string }> {
    const body = new URLSearchParams({
      grant_type: 'password',
      client_id: 'mlflow-cli',
      username: 'ada',
      password: 'demo',
    });
    const answer = await fetch(at('token'), { method: 'POST', body });
    expect(answer.status).toBe(200);
    return (await answer.json()) as { access_token: string; refresh_token: string };
  }

  describe('the introspection endpoint of Keycloak', () => {
    beforeAll(() => {
      endpoint = withSecret('demo-secret');
    });
    afterAll(() => endpoint?.close());

    it('describes an active token with the claims that the gateway checks', async () => {
      const { access_token: token } = await signIn();
      const answer = await endpoint.introspect(token);
      const rules = {
        issuer: `${keycloak().address}/realms/ml`,
        audience: ['mlflow'],
        algorithms: ['RS256'],
        clockToleranceMs: 0,
      };
      const { claims, expiresAt } = checkIntrospected(answer, rules, Date.now(), 60);
      expect(claims).toMatchObject({ tenant_id: 'team-a', token_type: 'Bearer', jti: expect.any(String) });
      expect(expiresAt).toBeLessThanOrEqual(Date.now() / 1_000 + 60);
      const other = { ...rules, audience: ['another'] };
      expect(() => checkIntrospected(answer, other, Date.now(), 60)).toThrow('another audience');
    });

    it('knows a refresh token, which is no bearer token', async () => {
      const { refresh_token: token } = await signIn();
      await expect(endpoint.introspect(token)).rejects.toMatchObject({
        reason: expect.stringMatching(/^token_(invalid|inactive)$/),
      });
    });

    it('reports a token as inactive once its session has ended', async () => {
      const { access_token: token, refresh_token } = await signIn();
      await endpoint.introspect(token);
      const body = new URLSearchParams({ client_id: 'mlflow-cli', refresh_token });
      expect((await fetch(at('logout'), { method: 'POST', body })).status).toBe(204);
      await expect(endpoint.introspect(token)).rejects.toMatchObject({ reason: 'token_inactive' });
    });

    it('reports a text that is no token of its own as inactive', async () => {
      await expect(endpoint.introspect('mF_9.B5f-4.1JqM')).rejects.toMatchObject({
        reason: 'token_inactive',
      });
    });

    it('answers nothing to a client with a wrong secret', async () => {
      const wrong = withSecret('wrong-secret');
      const { access_token: token } = await signIn();
      await expect(wrong.introspect(token)).rejects.toMatchObject({ reason: 'introspection_unavailable' });
    });
  });
}
