/**
 * A person in two teams, by two groups of Keycloak, in a browser behind oauth2-proxy: the first visit, switching, MLflow's own
 * selector, and a forged cookie. docs/choosing-a-team.md.
 */
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { expectAudit } from './support/audit.ts';
import { PUBLIC_URL, picture, signIn } from './support/browser.ts';
import { as, ask } from './support/caller.ts';
import { note } from './support/report.ts';

// Each test continues where the one before ended.
test.describe.configure({ mode: 'serial' });

const COOKIE = 'mlflow-gateway-team';
const CHOICE = `${PUBLIC_URL}/gateway/team`;
/** The tenants of max, and one of another issuer. */
const EXPERIMENTS = { 'team-a': 'forecast of A', 'team-b': 'forecast of B', partner: 'forecast of P' };

let context: BrowserContext;
let page: Page;

test.beforeAll(async ({ outside, release: { gatewayUrl } }) => {
  for (const [name, headers] of [
    [EXPERIMENTS['team-a'], await as('ada')],
    [EXPERIMENTS['team-b'], await as('bob')],
    [EXPERIMENTS.partner, await as('ada', 'partner')],
  ] as const) {
    const answer = await ask({
      url: `${gatewayUrl}/api/2.0/mlflow/experiments/create`,
      json: { name },
      headers,
    });
    expect(answer).toMatchObject({ status: 200 });
  }
  context = await outside.newContext();
});
test.afterAll(() => context?.close());

/** Waits for the experiment of a team in MLflow's list, and finds those of others neither there nor in the API. */
async function seesOnly(team: keyof typeof EXPERIMENTS): Promise<void> {
  await page.getByText(EXPERIMENTS[team]).first().waitFor();
  const { status, text } = await searchInPage();
  expect(status).toBe(200);
  expect(text).toContain(EXPERIMENTS[team]);
  const shown = await page.content();
  for (const [other, name] of Object.entries(EXPERIMENTS))
    if (other !== team) for (const seen of [text, shown]) expect(seen).not.toContain(name);
}

/** A request by a script of the page, which names no team. */
const searchInPage = () =>
  page.evaluate(async () => {
    const response = await fetch('/ajax-api/2.0/mlflow/experiments/search?max_results=100');
    return {
      status: response.status,
      text: await response.text(),
      ignored: response.headers.get('x-gateway-team-cookie'),
    };
  });

const open = async (team: string): Promise<void> => {
  // A new fragment alone loads nothing, and a page that still loads may replace it.
  await page.goto('about:blank');
  await page.goto(`${PUBLIC_URL}/#/experiments?workspace=${team}`);
};

test('the first visit asks for the team, and MLflow shows the chosen one', async () => {
  page = await signIn(context, 'max');
  await page.getByRole('heading', { name: 'Which team?' }).waitFor();
  const teams = page.getByRole('list').getByRole('button');
  expect(await teams.allInnerTexts()).toEqual(['team-a (viewer)', 'team-b (admin)']);
  await picture(page, 'max-2-which-team');
  await page.getByRole('button', { name: 'team-a' }).click();
  await page.waitForURL(({ pathname }) => pathname === '/');
  await open('team-a');
  await seesOnly('team-a');
  await picture(page, 'max-3-team-a');
});

test('the link switches to the other team', async () => {
  // The gateway's page about a refused request has the link: a viewer reads no webhooks.
  await page.goto(`${PUBLIC_URL}/api/2.0/mlflow/webhooks`);
  await page.getByRole('link', { name: 'Choose a team' }).click();
  await page.waitForURL(CHOICE);
  await page.getByRole('button', { name: 'team-a (viewer), current' }).waitFor();
  await page.getByRole('button', { name: 'team-b' }).click();
  await page.waitForURL(({ pathname }) => pathname !== '/gateway/team');
  await open('team-b');
  await seesOnly('team-b');
  await picture(page, 'max-4-team-b');
  note('max, in two teams by two groups of Keycloak, chose one at the first visit and switched: max-*.png.');
});

test('MLflow’s own selector lists both teams and no other', async () => {
  await page.getByRole('combobox', { name: /^Workspace/ }).click();
  const options = page.getByRole('option');
  await options.first().waitFor();
  expect((await options.allInnerTexts()).toSorted()).toEqual(['team-a', 'team-b']);
  await page.keyboard.press('Escape');
});

test('a forged cookie for a third team gives nothing', async () => {
  const cookieOf = async () => (await context.cookies(PUBLIC_URL)).find(({ name }) => name === COOKIE)!;
  const own = await cookieOf();
  expect(own).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  const [digest, team] = own.value.split('.');
  expect(team).toBe('team-b');
  for (const [value, reason] of [
    [`${digest}.partner`, 'not_granted'],
    [`${'A'.repeat(22)}.team-a`, 'other_caller'],
    ['partner', 'malformed'],
  ] as const) {
    await context.addCookies([{ ...own, value }]);
    const { status, text, ignored } = await searchInPage();
    expect({ status, ignored }).toEqual({ status: 400, ignored: `ignored; reason=${reason}` });
    expect(text).toContain('tenant_ambiguous');
    expect(text).not.toContain('forecast');
  }
  // Opened again, the page asks again.
  await page.goto(`${PUBLIC_URL}/`);
  await page.getByRole('heading', { name: 'Which team?' }).waitFor();
});

test('the audit log has the chosen team, and how it was chosen', async ({ release: { namespace } }) => {
  const search = { operation: 'searchExperimentsByGet', decision: 'allow', status_code: 200 };
  await expectAudit(
    namespace,
    'app=mlflow',
    'audit-teams.jsonl',
    { decision: 'deny', reason: 'tenant_ambiguous', status_code: 303 },
    { tenant: 'team-a', tenant_chosen_by: 'page', status_code: 303 },
    { tenant: 'team-b', tenant_chosen_by: 'page', status_code: 303 },
    { ...search, tenant: 'team-a', tenant_chosen_by: 'cookie' },
    { ...search, tenant: 'team-b', tenant_chosen_by: 'cookie' },
    { decision: 'deny', reason: 'tenant_ambiguous', team_cookie_ignored: 'not_granted' },
  );
});
