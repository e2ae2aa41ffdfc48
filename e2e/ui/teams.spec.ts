import type { APIResponse } from '@playwright/test';
import { ok } from '../harness/mlflow-api.ts';
import { makeWorkspaces, unique } from '../harness/stack.ts';
import { expect, test } from './fixtures.ts';
import type { Session } from './support/session.ts';

/** Matches data of a tenant, but not its name, which a member of both may see. */
const dataOf = (name: string): RegExp => new RegExp(`(?<!team-)${name}`, 'i');

const CREATE = /^\/ajax-api\/2\.0\/mlflow\/experiments\/create$/;

/** MLflow's pages, not the gateway's. */
const atStart = ({ pathname }: URL): boolean => pathname === '/';

const create = ({ page, address }: Session, name: string): Promise<APIResponse> =>
  page.request.post(`${address}/ajax-api/2.0/mlflow/experiments/create`, { data: { name } });

test('a person in two teams chooses one at the first visit, has its role there, and switches', async ({
  sessions,
  strategy,
  tenants: [first, second],
}) => {
  const session = await sessions.ofMemberOfBoth();
  const { page, address } = session;
  const teams = page.getByRole('list').getByRole('button');
  const nameOf = (team: { readonly id: string }, role: string): string => `${team.id} (${role})`;

  await session.open('/experiments');
  await page.getByRole('heading', { name: 'Which team?' }).waitFor();
  expect(await teams.allInnerTexts()).toEqual([nameOf(second, 'admin'), nameOf(first, 'viewer')]);
  await session.picture('choose-team');
  // By keyboard alone.
  await page.keyboard.press('Tab');
  await expect(teams.first()).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');

  // The address that was opened, with the route of MLflow's page.
  await page.waitForURL(atStart);
  expect(new URL(page.url()).hash).toMatch(/^#\/experiments/);
  await session.see(`${first.name}-churn`);
  await session.check({ foreign: dataOf(second.name) });
  const [cookie, ...others] = await page.context().cookies();
  expect(others).toEqual([]);
  expect(cookie).toMatchObject({ name: 'mlflow-gateway-team', path: '/', httpOnly: true, sameSite: 'Lax' });

  // A viewer of the first team.
  expect((await create(session, `${first.name}-by-max`)).status()).toBe(403);
  const refused = [{ method: 'POST', path: CREATE, status: 403, why: 'the role in this team' }];
  await session.check({ refused, foreign: dataOf(second.name) });

  // The link to switch, on the gateway's page about a refused request.
  await page.goto(`${address}/api/2.0/mlflow/webhooks`);
  await page.getByRole('link', { name: 'Choose a team' }).click();
  await page.waitForURL(`${address}/gateway/team`);
  await expect(page.getByRole('button', { name: `${nameOf(first, 'viewer')}, current` })).toHaveAttribute(
    'aria-current',
    'true',
  );
  await page.getByRole('button', { name: nameOf(second, 'admin') }).click();
  await page.waitForURL(atStart);
  // MLflow's page of workspaces lists both.
  const forAdmins = { method: 'GET', path: /webhooks$/, status: 403, why: 'the role in the first team' };
  await session.check({ refused: [forAdmins], foreign: dataOf(first.name) });
  await session.open('/experiments', { workspace: strategy === 'workspaces' ? second.id : '', reload: true });
  await session.see(`${second.name}-churn`);
  await session.check({ foreign: dataOf(first.name) });

  // An admin of the second team.
  expect((await create(session, `${second.name}-by-max`)).status()).toBe(200);
  await session.open('/experiments', { workspace: strategy === 'workspaces' ? second.id : '', reload: true });
  await session.see(`${second.name}-by-max`);

  if (strategy === 'workspaces') {
    // MLflow's own selector lists exactly the two, and its choice takes precedence over the cookie.
    await page.getByRole('combobox', { name: /^Workspace/ }).click();
    const options = page.getByRole('option');
    expect((await options.allInnerTexts()).toSorted()).toEqual([second.id, first.id]);
    await session.check({ foreign: dataOf(first.name) });
    await page.getByRole('option', { name: first.id }).click();
    await session.see(`${first.name}-churn`);
  }
});

test('another person in the same browser is asked again', async ({ sessions, stack, tenants }) => {
  const session = await sessions.ofMemberOfBoth();
  const { page, address } = session;
  await page.goto(`${address}/gateway/team`);
  await page.getByRole('button', { name: tenants[0].id }).click();
  await page.waitForURL(atStart);
  const [cookie] = await page.context().cookies();
  const groups = tenants.map(({ id }) => `mlflow-${id}-viewer`);
  const authorization = `Bearer ${await stack.idp.token({ sub: 'mia', groups })}`;
  const headers = { authorization, accept: 'text/html', cookie: `${cookie!.name}=${cookie!.value}` };
  const answer = await stack.anonymous('/', { headers });
  expect([answer.status, answer.headers.get('location')]).toEqual([303, 'gateway/team']);
  expect(answer.headers.get('x-gateway-team-cookie')).toBe('ignored; reason=other_caller');
  expect(await stack.auditOf(answer)).toMatchObject({ team_cookie_ignored: 'other_caller', subject: 'mia' });
});

test('a forged cookie for a third team gives nothing, and the page asks again', async ({
  sessions,
  stack,
  strategy,
  tenants,
}) => {
  const third = unique('third');
  if (strategy === 'workspaces') await makeWorkspaces(stack.direct(), [third]);
  await ok(stack.as(third), '/api/2.0/mlflow/experiments/create', { name: `forecast of ${third}` });
  const { page, address } = await sessions.ofMemberOfBoth();
  await page.goto(`${address}/gateway/team`);
  await page.getByRole('button', { name: tenants[0].id }).click();
  await page.waitForURL(atStart);
  /** A request by a script of the page, which names no team. */
  const searchInPage = () =>
    page.evaluate(async () => {
      const response = await fetch('/ajax-api/2.0/mlflow/experiments/search?max_results=100');
      const ignored = response.headers.get('x-gateway-team-cookie');
      return { status: response.status, text: await response.text(), ignored };
    });
  const own = await searchInPage();
  expect(own).toMatchObject({ status: 200, ignored: null });
  expect(own.text).toMatch(dataOf(tenants[0].name));
  const [cookie] = await page.context().cookies();
  const [digest, team] = cookie!.value.split('.');
  expect(team).toBe(tenants[0].id);
  for (const [value, reason] of [
    [`${digest}.${third}`, 'not_granted'],
    [`${'A'.repeat(22)}.${team}`, 'other_caller'],
    [third, 'malformed'],
  ] as const) {
    await page.context().addCookies([{ ...cookie!, value }]);
    const { status, text, ignored } = await searchInPage();
    expect({ status, ignored }).toEqual({ status: 400, ignored: `ignored; reason=${reason}` });
    expect(text).toContain('tenant_ambiguous');
    for (const data of [/forecast/, ...tenants.map(({ name }) => dataOf(name))])
      expect(text).not.toMatch(data);
  }
  await page.goto(`${address}/`);
  await page.getByRole('heading', { name: 'Which team?' }).waitFor();
});
