// tilegroxy#883, fastapi-zitadel-auth#156: anyone can write a token with a random "kid", without a key. A
// verifier that fetches the issuer's keys for each of them floods the identity provider, and waits for each fetch.
// jose's remote key set stops the flood only while fetches succeed: its cooldown starts after a successful fetch. The
// gateway starts the cooldown after every attempt, so that it does not flood a failing provider either.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import type { Identifier } from '../principal.ts';
import { bearer, CLAIMS, denied, NOW, shortIdentifier } from '../testing/identifier.ts';
import { createSigner, forge, type Provider, type Signer, sign, startProvider } from '../testing/provider.ts';

let signer: Signer;
let provider: Provider;
let identifier: Identifier;
let clock = 0;

beforeEach(async () => {
  signer = await createSigner('k1');
  provider = await startProvider([signer.jwk]);
  identifier = shortIdentifier({
    issuer: provider.issuer,
    audience: ['mlflow'],
    tenantClaim: 'tenant_id',
    roleClaims: ['roles'],
    roles: createRoles(),
    now: () => NOW * 1000,
    keys: { monotonic: () => clock, timeoutSeconds: 60 },
  });
  await bearer(identifier, await sign(signer, claims()));
  // The first fetch was before the cooldown.
  clock += 3_600_000;
  provider.requests.length = 0;
});
afterEach(async () => {
  identifier.close();
  await provider.stop();
});

const claims = () => ({ ...CLAIMS, iss: provider.issuer });
const bad = (i: number) => forge({ alg: 'RS256', kid: `random-${i}` }, claims(), 'AAAA');

async function flood(count: number): Promise<Set<string>> {
  const denials = await Promise.all(
    Array.from({ length: count }, (_, i) => denied(() => bearer(identifier, bad(i)))),
  );
  return new Set(denials.map((denial) => denial.reason));
}

it.each([
  ['a provider that works', undefined],
  ['a provider that fails', 500],
  ['a provider that is dead', 'dead'],
] as const)('1000 bad kids cost %s one request', async (_name, how) => {
  if (how !== undefined) {
    provider.routes.set(
      '/jwks',
      (_req, res) => void (how === 'dead' ? res.destroy() : res.writeHead(how).end()),
    );
  }
  expect(await flood(500)).toEqual(new Set(['token_invalid']));
  for (let i = 500; i < 1000; i++) await denied(() => bearer(identifier, bad(i)));
  expect(provider.requests).toEqual(['/jwks']);
});

it('does not keep callers with good tokens waiting while the provider hangs', async () => {
  provider.routes.set('/jwks', () => {});
  const waiting = flood(50);
  let answered = false;
  void waiting.then(() => {
    answered = true;
  });
  expect((await bearer(identifier, await sign(signer, { ...claims(), sub: 'bob' }))).subject).toBe('bob');
  expect(answered).toBe(false);
  identifier.close();
  expect(await waiting).toEqual(new Set(['token_invalid']));
});
