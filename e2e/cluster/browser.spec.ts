/**
 * Users with browsers: oauth2-proxy in front of the gateway, Keycloak's own sign-in page, MLflow's pages as two teams, and
 * programs with their own tokens at the same address. MLflow is injected by webhook, as in the other tests.
 */
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { expectAudit } from './support/audit.ts';
import { PUBLIC_URL, picture, signIn } from './support/browser.ts';
import { answered, as, ask } from './support/caller.ts';
import { ISSUER, LOGOUT } from './support/keycloak.ts';
import { note } from './support/report.ts';
import { SEARCH } from './support/work.ts';

// Each test continues where the one before ended.
test.describe.configure({ mode: 'serial' });

test.describe('oauth2-proxy', () => {
  test('redirects a page without a session to Keycloak, and answers an API request with 401', async ({
    release: { insideUrl },
  }) => {
    const page = await ask({ url: `${insideUrl}/` });
    expect(page.status).toBe(302);
    expect(page.headers!.location).toContain(`${ISSUER}/protocol/openid-connect/auth?`);
    expect(page.headers!.location).toContain('code_challenge_method=S256');
    expect(await answered({ url: insideUrl + SEARCH })).toMatchObject({ status: 401 });
  });

  test('lets programs with tokens of their own through, each to the data of its team', async ({
    release: { insideUrl },
  }) => {
    for (const [username, team] of [
      ['ada', 'team-a'],
      ['bob', 'team-b'],
    ] as const) {
      const json = { name: `churn of ${team}` };
      const url = `${insideUrl}/api/2.0/mlflow/experiments/create`;
      expect(await answered({ url, json, headers: await as(username) })).toMatchObject({ status: 200 });
    }
    const { text } = await ask({ url: insideUrl + SEARCH, headers: await as('vera') });
    expect(text).toContain('churn of team-a');
    expect(text).not.toContain('team-b');
  });
});

for (const [username, team, otherTeam] of [
  ['ada', 'team-a', 'team-b'],
  ['bob', 'team-b', 'team-a'],
] as const)
  test.describe(`${username} of ${team}`, () => {
    let context: BrowserContext;
    let page: Page;
    test.beforeAll(async ({ outside }) => {
      context = await outside.newContext();
    });
    test.afterAll(() => context?.close());

    test('signs in at Keycloak and sees the team’s experiments', async () => {
      page = await signIn(context, username);
      // MLflow's pages add their own names before it when they are rendered.
      expect(await page.title()).toMatch(/MLflow$/);
      await page.goto(`${PUBLIC_URL}/#/experiments?workspace=${team}`);
      await page.getByText(`churn of ${team}`).first().waitFor();
      await picture(page, `${username}-2-experiments`);
      expect(await page.content()).not.toContain(otherTeam);
    });

    test('creates an experiment and finds it', async () => {
      await page.getByRole('button', { name: 'Create', exact: true }).first().click();
      const name = `made by ${username} in a browser`;
      await page.getByLabel('Experiment Name').fill(name);
      await picture(page, `${username}-3-create`);
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.waitForURL(/#\/experiments\/\d+/);
      await page.goto(`${PUBLIC_URL}/#/experiments?workspace=${team}`);
      await page.getByRole('heading', { name: 'Experiments' }).waitFor();
      await page.getByRole('row').getByText(name).waitFor();
      await picture(page, `${username}-4-created`);
    });

    test('finds no data of the other team at any address', async () => {
      const answer = await page.evaluate(async (workspace) => {
        const headers = { 'X-MLFLOW-WORKSPACE': workspace, 'Content-Type': 'application/json' };
        const response = await fetch('/ajax-api/2.0/mlflow/experiments/search', {
          method: 'POST',
          headers,
          body: JSON.stringify({ max_results: 100 }),
        });
        return { status: response.status, text: await response.text() };
      }, otherTeam);
      expect(answer.text).not.toContain(`churn of ${otherTeam}`);
      // A new fragment alone loads nothing, and a page that still loads may replace it.
      await page.goto('about:blank');
      await page.goto(`${PUBLIC_URL}/#/experiments?workspace=${otherTeam}`);
      await page.getByText('The workspace named in the request is not one of yours.').first().waitFor();
      await picture(page, `${username}-5-other-team`);
      expect(await page.getByText(`churn of ${otherTeam}`).count()).toBe(0);
    });

    test('signs out of oauth2-proxy and of Keycloak', async () => {
      await page.goto(`${PUBLIC_URL}/oauth2/sign_out?rd=${encodeURIComponent(LOGOUT)}`);
      await page.waitForURL(`${LOGOUT}**`);
      await picture(page, `${username}-6-sign-out`);
      await page.click('[type=submit]');
      await page.getByRole('heading', { name: 'You are logged out' }).waitFor();
      await picture(page, `${username}-7-signed-out`);
      await page.goto(PUBLIC_URL);
      await page.waitForURL(`${ISSUER}/**`);
      expect(await page.locator('#username').isVisible()).toBe(true);
      note(
        `${username} of ${team} signed in at Keycloak, used MLflow's pages, and signed out: screenshots/${username}-*.png.`,
      );
    });
  });

test('the audit log records the tenant and the outcome of each created experiment', async ({ release }) => {
  const created = { operation: 'createExperiment', decision: 'allow', status_code: 200 };
  await expectAudit(
    release.namespace,
    'app=mlflow',
    'audit-browser.jsonl',
    { ...created, tenant: 'team-a' },
    { ...created, tenant: 'team-b' },
  );
});
