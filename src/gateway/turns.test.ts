import { afterEach, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

let gateway: InProcessGateway;
afterEach(() => gateway.stop());

const EACH = LIMITS.requestsAtOncePerTenant.value;

const get = (tenant: string): Promise<string> =>
  gateway.raw(
    `GET /api/2.0/mlflow/runs/get?run_id=abc HTTP/1.1\r\nHost: gateway\r\nX-Tenant: ${tenant}\r\nConnection: close\r\n\r\n`,
  );

/** Makes MLflow hold each response until the test releases it. */
function holdUp(): { readonly waiting: (() => void)[] } {
  const { upstream } = gateway;
  const forward = upstream.forward.bind(upstream);
  const waiting: (() => void)[] = [];
  upstream.forward = async (...args) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return forward(...args);
  };
  return { waiting };
}

it('unanswered requests of one tenant leave room for another tenant', async () => {
  gateway = await startInProcess();
  const { waiting } = holdUp();
  const busy = Array.from({ length: EACH + 40 }, () => get('team-a'));
  await expect.poll(() => waiting.length).toBe(EACH);
  const other = get('team-b');
  await expect.poll(() => waiting.length).toBe(EACH + 1);
  waiting[EACH]!();
  expect(await other).toMatch(/^HTTP\/1\.1 200 /);
  const drain = setInterval(() => {
    for (const go of waiting.splice(0)) go();
  }, 5);
  for (const answer of await Promise.all(busy)) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  clearInterval(drain);
});

it('refuses and audits a request without a turn in time, and does not send it to MLflow', async () => {
  gateway = await startInProcess({ GW_REQUEST_TIMEOUT_SECONDS: '1' });
  const { waiting } = holdUp();
  const busy = Array.from({ length: EACH }, () => get('team-a'));
  await expect.poll(() => waiting.length).toBe(EACH);
  const late = await get('team-a');
  expect(late).toMatch(/^HTTP\/1\.1 429 /);
  expect(late).toContain('"reason":"tenant_busy"');
  expect(late.toLowerCase()).toContain('retry-after: 1');
  expect(gateway.audited.at(-1)).toMatchObject({ reason: 'tenant_busy', upstream: null, tenant: 'team-a' });
  for (const go of waiting.splice(0)) go();
  await Promise.all(busy);
});
