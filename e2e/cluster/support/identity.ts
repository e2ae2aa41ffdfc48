import { type DemoIdp, startDemoIdp } from '../../../dev/demo-idp.ts';
import { apply } from './kubectl.ts';

/** The issuer of the tokens. It is no server: gateways have its keys. */
const ISSUER = 'https://idp.example.com';
const KEYS = { secret: 'idp-keys', key: 'jwks.json' } as const;

type Team = 'team-a' | 'team-b';

/** An identity provider that signs tokens for the two teams. */
export interface Identity {
  /** Gives a namespace the keys that `TRUST` refers to. */
  trustedIn(namespace: string): Promise<void>;
  /** A token of a contributor of a team, good for an hour. */
  token(team: Team): Promise<string>;
  stop(): Promise<void>;
}

/** Values of the chart with which gateways trust an `Identity`. */
export const TRUST = {
  config: { GW_OIDC_ISSUER: ISSUER, GW_OIDC_AUDIENCE: 'mlflow', GW_WORKSPACE_AUTOCREATE: true },
  configFrom: { GW_JWKS_JSON: KEYS },
} as const;

/** Makes a key, in the memory of this process. */
export async function startIdentity(): Promise<Identity> {
  const idp: DemoIdp = await startDemoIdp();
  return {
    trustedIn: (namespace) =>
      apply(namespace, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: KEYS.secret },
        stringData: { [KEYS.key]: JSON.stringify(idp.jwks()) },
      }),
    token: (team) =>
      idp.token({ iss: ISSUER, sub: `${team}-contributor`, tenant_id: team, roles: ['contributor'] }),
    stop: () => idp.stop(),
  };
}
