/**
 * Three issuers at one gateway (fixtures.ts): a realm of Keycloak for the company, a second realm of a partner, whose
 * administrators decide on every claim of its tokens, and the cluster. docs/identity.md.
 */
import { createPrivateKey } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { expect, ROBOTS, test } from './fixtures.ts';
import { expectAudit } from './support/audit.ts';
import { answered, as, asAccount, ask } from './support/caller.ts';
import { ISSUER, issuerOf, partnerKey } from './support/keycloak.ts';
import { SUBJECT_OF_ADA } from './support/realms.ts';
import { note } from './support/report.ts';

type Headers = Readonly<Record<string, string>>;

const PARTNER = issuerOf('partner');
const CREATE = '/api/2.0/mlflow/experiments/create';
const SEARCH_ALL = '/api/2.0/mlflow/experiments/search?max_results=100';
const get = (id: string): string => `/api/2.0/mlflow/experiments/get?experiment_id=${id}`;
const in_ = (tenant: string): Headers => ({ 'x-mlflow-workspace': tenant });

/** A caller of each issuer, and the tenant of its grants. */
const CALLERS = [
  { tenant: 'team-a', headers: () => as('ada') },
  { tenant: 'partner', headers: () => as('ada', 'partner') },
  { tenant: 'robots', headers: () => asAccount(ROBOTS, 'trainer') },
] as const;

const tokenOf = ({ authorization }: { readonly authorization: string }): string =>
  authorization.slice('Bearer '.length);

test('a caller of each issuer works in its own tenant and finds nothing of the others', async ({
  release: { gatewayUrl, namespace },
}) => {
  const created: { readonly tenant: string; readonly id: string; readonly headers: Headers }[] = [];
  for (const caller of CALLERS) {
    const headers = await caller.headers();
    // One name for all: names are unique within a tenant only.
    const answer = await ask({ url: gatewayUrl + CREATE, json: { name: 'of three issuers' }, headers });
    expect(answer).toMatchObject({ status: 200 });
    created.push({ tenant: caller.tenant, headers, id: JSON.parse(answer.text!).experiment_id });
  }
  for (const { tenant, headers, id } of created) {
    const { text } = await ask({ url: gatewayUrl + SEARCH_ALL, headers });
    const found = (JSON.parse(text!).experiments as { experiment_id: string }[]).map(
      ({ experiment_id }) => experiment_id,
    );
    expect(found).toContain(id);
    for (const other of created.filter((one) => one.tenant !== tenant)) {
      expect(found).not.toContain(other.id);
      expect(await answered({ url: gatewayUrl + get(other.id), headers })).toMatchObject({ status: 404 });
      expect(
        await ask({ url: gatewayUrl + get(other.id), headers: { ...headers, ...in_(other.tenant) } }),
      ).toMatchObject({ status: 403, text: expect.stringContaining('tenant_not_granted') });
    }
  }
  const line = { operation: 'createExperiment', decision: 'allow', status_code: 200 };
  const subject = `system:serviceaccount:${ROBOTS}:trainer`;
  await expectAudit(
    namespace,
    'app=mlflow',
    'audit-issuers.jsonl',
    { ...line, tenant: 'team-a', issuer: ISSUER, subject: SUBJECT_OF_ADA },
    // The same subject is another principal.
    { ...line, tenant: 'partner', issuer: PARTNER, subject: SUBJECT_OF_ADA },
    { ...line, tenant: 'robots', subject, tenant_chosen_by: 'only' },
  );
  note('One gateway with two realms of Keycloak and the cluster: each caller in its own tenant.');
});

test('claims of the first realm in a token of the second give nothing', async ({
  release: { gatewayUrl, namespace },
}) => {
  const ada = await as('ada', 'partner');
  const eve = await as('eve', 'partner');
  const claims = {
    iss: PARTNER,
    tenant_id: 'team-a',
    groups: expect.arrayContaining(['/teams/team-a/admin']),
    realm_access: { roles: expect.arrayContaining(['admin']) },
  };
  expect(decodeJwt(tokenOf(ada))).toMatchObject({ ...claims, sub: SUBJECT_OF_ADA });
  expect(decodeJwt(tokenOf(eve))).toMatchObject(claims);

  const search = (headers: Headers) => ask({ url: gatewayUrl + SEARCH_ALL, headers });
  expect(await search({ ...ada, ...in_('team-a') })).toMatchObject({
    status: 403,
    text: expect.stringContaining('tenant_not_granted'),
  });
  // Its own group makes a contributor, not an admin.
  expect(
    await ask({ url: `${gatewayUrl}/api/2.0/mlflow/webhooks`, headers: { ...ada, ...in_('partner') } }),
  ).toMatchObject({ status: 403, text: expect.stringContaining('role_insufficient') });
  for (const headers of [eve, { ...eve, ...in_('team-a') }])
    expect(await search(headers)).toMatchObject({
      status: 401,
      text: expect.stringContaining('tenant_claim_missing'),
    });
  await expectAudit(
    namespace,
    'app=mlflow',
    'audit-issuers.jsonl',
    { issuer: PARTNER, subject: SUBJECT_OF_ADA, decision: 'deny', reason: 'tenant_not_granted' },
    // A caller without a grant is not known: the line does not name one.
    { subject: null, decision: 'deny', reason: 'tenant_claim_missing', status_code: 401 },
  );
});

test('the key of the second realm signs no token of the first', async ({ release: { gatewayUrl } }) => {
  const first = tokenOf(await as('ada'));
  const second = tokenOf(await as('ada', 'partner'));
  const key = createPrivateKey(await partnerKey());
  const send = async (claims: object, kid: string | undefined) => {
    const token = await new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
      .sign(key);
    return ask({ url: gatewayUrl + SEARCH_ALL, headers: { authorization: `Bearer ${token}` } });
  };
  const kids = [first, second].map((token) => decodeProtectedHeader(token).kid!);
  expect(kids[0]).not.toBe(kids[1]);
  // It is the key of the second realm.
  expect(await send(decodeJwt(second), kids[1])).toMatchObject({ status: 200 });
  for (const kid of [...kids, undefined])
    expect(await send(decodeJwt(first), kid)).toMatchObject({
      status: 401,
      text: expect.stringContaining('token_invalid'),
    });
  // The claims of the first realm, as if the second had issued them.
  expect(await send({ ...decodeJwt(first), iss: PARTNER }, kids[1])).toMatchObject({ status: 401 });
});
