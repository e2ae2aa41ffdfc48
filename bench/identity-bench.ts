/** The time to identify a caller, side by side: `npm run bench -- --only identity`. */
import type { IssuerConfig } from '../src/identity/issuer/issuer-config.ts';
import { createIssuers, type Issuers } from '../src/identity/issuers.ts';
import { createSigner, type Signer, sign } from '../src/identity/testing/provider.ts';
import { createRoles } from '../src/rbac/roles.ts';

/** Groups in the larger token. */
const GROUPS = 200;

/** Calls of one measurement. */
const CALLS = { cached: 2_000, verified: 100 };

/** One row of the result. Times are the shortest of all rounds, in microseconds, since other load only adds time. */
export interface IdentityResult {
  readonly who: string;
  readonly tokenBytes: number;
  /** A token that was verified before. */
  readonly cachedUs: number;
  /** A token that was not, with its signature. */
  readonly verifiedUs: number;
}

interface Contender {
  readonly who: string;
  readonly headers: Parameters<Issuers['identify']>[0];
  readonly caching: Issuers;
  readonly verifying: Issuers;
}

/**
 * Measures one issuer with a plain token, two issuers with it, two issuers with a token of 200 groups, and with one of that length that has
 * no groups, in turn. What the last two differ in, the groups cost; the rest is the token's length.
 */
export async function benchIdentity(
  rounds: number,
  progress: (line: string) => void,
): Promise<IdentityResult[]> {
  const contenders = await makeContenders();
  const times = contenders.map(() => ({ cached: [] as number[], verified: [] as number[] }));
  // The first round is warm-up.
  for (let round = 0; round <= rounds; round++) {
    progress(`identity: round ${round} of ${rounds}`);
    for (const [i, contender] of contenders.entries()) {
      const cached = timeCached(contender);
      const verified = await timeVerified(contender);
      if (round === 0) continue;
      times[i]!.cached.push(cached);
      times[i]!.verified.push(verified);
    }
  }
  return contenders.map(({ who, headers }, i) => ({
    who,
    tokenBytes: headers.authorization!.length - 'Bearer '.length,
    cachedUs: Math.min(...times[i]!.cached),
    verifiedUs: Math.min(...times[i]!.verified),
  }));
}

async function makeContenders(): Promise<Contender[]> {
  const signers = [await createSigner('k1'), await createSigner('k2')];
  const [one, two] = signers.map((signer, i) => configOf(`https://idp-${i}.example`, signer));
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const standard = { aud: 'mlflow', sub: 'alice', exp };
  const plain = { ...standard, iss: one!.issuer, tenant_id: 'team-1', roles: ['contributor'] };
  const groups = Array.from({ length: GROUPS }, (_, i) => `mlflow-team-${i}-viewer`);
  const grouped = { ...standard, iss: two!.issuer, groups };
  const long = {
    ...plain,
    filler: '-'.repeat(JSON.stringify(grouped).length - JSON.stringify(plain).length),
  };
  const make = async (
    who: string,
    configs: readonly IssuerConfig[],
    signer: Signer,
    claims: Record<string, unknown>,
  ): Promise<Contender> => {
    const authorization = `Bearer ${await sign(signer, claims)}`;
    const headers = { authorization, tenant: undefined, subject: undefined };
    const parts = { roles: createRoles() };
    const caching = createIssuers(configs, parts);
    await caching.identify(headers);
    return { who, headers, caching, verifying: createIssuers(configs, { ...parts, tokenCacheSize: 0 }) };
  };
  const grants = [{ kind: 'group-pattern', claim: 'groups', pattern: 'mlflow-{tenant}-{role}' }] as const;
  return [
    await make('one issuer, a plain token', [one!], signers[0]!, plain),
    await make('two issuers, a plain token', [one!, two!], signers[0]!, plain),
    await make(
      `two issuers, a token with ${GROUPS} groups`,
      [one!, { ...two!, grants }],
      signers[1]!,
      grouped,
    ),
    await make('two issuers, a token of that length without groups', [one!, two!], signers[0]!, long),
  ];
}

function configOf(issuer: string, { jwk }: Signer): IssuerConfig {
  return {
    issuer,
    audience: ['mlflow'],
    keys: { from: 'inline', jwks: { keys: [jwk] } },
    algorithms: ['RS256'],
    clockToleranceMs: 30_000,
    subjectClaim: 'sub',
    grants: [{ kind: 'tenant-claim', claim: 'tenant_id', roleClaims: ['roles'], list: false }],
  };
}

function timeCached({ caching, headers }: Contender): number {
  const began = performance.now();
  for (let i = 0; i < CALLS.cached; i++)
    if (caching.identify(headers) instanceof Promise) throw new Error('the token is not cached');
  return ((performance.now() - began) * 1000) / CALLS.cached;
}

async function timeVerified({ verifying, headers }: Contender): Promise<number> {
  const began = performance.now();
  for (let i = 0; i < CALLS.verified; i++) await verifying.identify(headers);
  return ((performance.now() - began) * 1000) / CALLS.verified;
}
