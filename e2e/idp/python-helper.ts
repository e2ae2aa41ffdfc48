/**
 * The package of clients/python with tokens of a real Keycloak, in MLflow's Python client: client credentials and the device flow, each
 * beyond the end of two tokens.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MLFLOW_VERSION } from '../../dev/mlflow-env.ts';
import { found } from '../../dev/waiting.ts';
import { unpackedWheel } from '../clients/expiring-tokens/helper-package.ts';
import { type Client, startClient } from '../clients/python.ts';
import { type Stack, unique } from '../harness/stack.ts';
import { audienceMapper } from './mappers.ts';
import { tenantOfClient, tenantOfUser } from './realm.ts';
import { signIn } from './sign-in.ts';

/** Clients whose access tokens live four seconds. Not less: one that a busy machine delivers too late would only prove the repetition. */
const SHORT = { 'access.token.lifespan': '4' };

/** What the realm of the other tests needs in addition. */
export const HELPER_CLIENTS = [
  {
    clientId: 'trainer',
    secret: 'demo-secret',
    serviceAccountsEnabled: true,
    attributes: SHORT,
    protocolMappers: [audienceMapper(), tenantOfClient('team-a')],
  },
  {
    clientId: 'laptop',
    publicClient: true,
    attributes: { ...SHORT, 'oauth2.device.authorization.grant.enabled': 'true' },
    protocolMappers: [audienceMapper(), tenantOfUser],
  },
];
export const HELPER_USERS = [
  {
    username: 'service-account-trainer',
    enabled: true,
    serviceAccountClientId: 'trainer',
    realmRoles: ['contributor'],
  },
];

/**
 * Describes the tests; they share the Keycloak and the gateway of the file that calls this.
 *
 * @param seenBy the status that the gateway answers to a person who reads a run
 */
export function describePythonHelper(
  issuer: () => string,
  stack: () => Stack,
  seenBy: (username: string, run: string) => Promise<number>,
  dir: string,
): void {
  let helper: string;
  beforeAll(async () => {
    helper = await unpackedWheel(join(dir, 'helper'));
  });

  function start(name: string, variables: Readonly<Record<string, string>>): Promise<Client> {
    const folder = join(dir, name);
    mkdirSync(folder);
    const prefixed = Object.entries(variables).map(([key, value]) => [`MLFLOW_GATEWAY_AUTH_${key}`, value]);
    return startClient('renewed_tokens.py', [], {
      dir: folder,
      version: DEFAULT_MLFLOW_VERSION,
      scripts: import.meta.dirname,
      env: {
        MLFLOW_TRACKING_URI: stack().gateway.address,
        MLFLOW_TRACKING_AUTH: 'mlflow-gateway',
        // A refused request ends the program.
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
        EXPERIMENT: unique(name),
        PYTHONPATH: helper,
        ...Object.fromEntries(prefixed),
      },
    });
  }

  async function end(client: Client): Promise<void> {
    const code = await client.exited;
    if (code !== 0) throw new Error(`ended with ${code}:\n${client.err().slice(-4_000)}`);
    const { run, tokens } = JSON.parse(client.out().trim().split('\n').at(-1)!);
    expect(tokens).toBe(3);
    expect(await seenBy('vera', run)).toBe(200);
    expect(await seenBy('bob', run)).toBe(404);
  }

  describe('the Python helper', () => {
    it('logs a run with client credentials, beyond the end of two tokens', async () => {
      const credentials = { CLIENT_ID: 'trainer', CLIENT_SECRET: 'demo-secret' };
      await end(await start('machine', { SOURCE: 'client-credentials', ISSUER: issuer(), ...credentials }));
    });

    it('logs a run for a person who signs in once, by the device flow', async () => {
      const client = await start('person', { SOURCE: 'device', ISSUER: issuer(), CLIENT_ID: 'laptop' });
      let ended = false;
      void client.exited.then(() => {
        ended = true;
      });
      const address = await found('the address to open', () => {
        if (ended) throw new Error(client.err().slice(-4_000));
        return /^or open (\S+)$/m.exec(client.err())?.[1];
      });
      // The second page asks whether the client may have the person's claims.
      const page = await signIn(address, [{ username: 'ada', password: 'demo' }, { accept: 'Yes' }]);
      expect(page).toContain('Device Login Successful');
      await end(client);
      expect(client.err().match(/To sign in/g)).toHaveLength(1);
    });
  });
}
