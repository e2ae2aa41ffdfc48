import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDemoIdp } from '../dev/demo-idp.ts';
import { type Contender, startFullGateway, startStub } from './contender.ts';
import { requireRefusal } from './preflight.ts';
import { renderRequest } from './request.ts';
import { measureRounds, type Row } from './rounds.ts';
import { WORKSPACE } from './shapes.ts';
import { type BenchOptions, STUB_OPERATIONS } from './stub-bench.ts';

/** Groups in the token of the second issuer. */
const GROUPS = 200;
const ONE_ISSUER = 'one issuer, a plain token';
const TWO_ISSUERS = `two issuers, a token with ${GROUPS} groups`;
const BEFORE = 'the other version';

/**
 * Measures requests in front of the stub: a gateway with the short variables and a plain token, next to one with an identity file of two
 * issuers, a token with many groups, and a tenant chosen among them.
 *
 * @param checkout the folder of another version of the gateway, which is measured with the plain token too
 */
export async function benchIssuers(options: BenchOptions, checkout?: string): Promise<Row[]> {
  const { dir, rounds, seconds, progress } = options;
  mkdirSync(dir, { recursive: true });
  const [first, second] = [await startDemoIdp(), await startDemoIdp()];
  try {
    const stub = await startStub(dir);
    const plain = await first.token('alice-contributor');
    // The stub has one workspace.
    const tenants = [WORKSPACE, ...Array.from({ length: GROUPS - 1 }, (_, i) => `team-${i}`)];
    const groups = tenants.map((tenant) => `mlflow-${tenant}-contributor`);
    const grouped = await second.token({ sub: 'alice', tenant_id: undefined, roles: undefined, groups });
    const file = join(dir, 'identity.json');
    writeFileSync(file, JSON.stringify(identityFile([first.issuer, second.issuer], first.audience)));
    const two = { GW_OIDC_ISSUER: '', GW_OIDC_AUDIENCE: '', GW_IDENTITY_FILE: file };
    const before: Contender[] =
      checkout === undefined ? [] : [await startFullGateway(BEFORE, stub.unix, dir, first, {}, checkout)];
    const contenders = [
      ...before,
      await startFullGateway(ONE_ISSUER, stub.unix, dir, first),
      await startFullGateway(TWO_ISSUERS, stub.unix, dir, first, two),
    ];
    const withoutToken = renderRequest(STUB_OPERATIONS.getRun!, undefined);
    for (const { name, target } of contenders) await requireRefusal(name, target, withoutToken);
    return await measureRounds({
      contenders,
      scenarios: [1, 32].flatMap((connections) =>
        Object.entries(STUB_OPERATIONS).map(([operation, request]) => ({
          operation,
          connections,
          requestFor: ({ name }: Contender) => {
            const rendered = renderRequest(request, name === TWO_ISSUERS ? grouped : plain);
            return () => rendered;
          },
        })),
      ),
      rounds,
      seconds,
      progress: (line) => progress(`issuers: ${line}`),
    });
  } finally {
    await Promise.all([first.stop(), second.stop()]);
  }
}

const identityFile = ([first, second]: readonly [string, string], audience: string): object => ({
  issuers: [
    { issuer: first, audience: [audience], grants: [{ tenantClaim: 'tenant_id', roleClaims: ['roles'] }] },
    {
      issuer: second,
      audience: [audience],
      grants: [{ groups: 'groups', pattern: 'mlflow-{tenant}-{role}' }],
    },
  ],
});
