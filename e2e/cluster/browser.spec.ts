/**
 * People with browsers: oauth2-proxy before the gateway, Keycloak's own page to sign in, MLflow's pages as two teams, and
 * programs with their own tokens at the same address. MLflow is as in the other tests, injected by webhook.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAudit } from './support/audit.ts';
import { type Desk, openDesk, PUBLIC_URL, picture } from './support/browser.ts';
import { as, ask, openVolume } from './support/caller.ts';
import { ISSUER, KEYCLOAK_HOST, KEYCLOAK_PORT, LOGOUT, trustKeycloak } from './support/keycloak.ts';
import { apply, rolledOut } from './support/kubectl.ts';
import { deployment, INJECT, mlflow } from './support/mlflow.ts';
import { makeNamespace, removeNamespace } from './support/namespace.ts';
import { FULLNAME, install, split } from './support/release.ts';
import { heading, note } from './support/report.ts';
import { settings } from './support/settings.ts';
import { SEARCH } from './support/work.ts';

const NAMESPACE = 'e2e-browser';
const SSO = `${FULLNAME}-sso`;
const INSIDE = `http://${SSO}.${NAMESPACE}.svc`;
let desk: Desk;

beforeAll(async () => {
  heading('Browsers');
  await makeNamespace(NAMESPACE);
  await trustKeycloak(NAMESPACE, process.env.E2E_AUTHORITY!);
  const [repository, tag] = split(settings().oauth2ProxyImage);
  const stringData = {
    'client-secret': 'demo-ui-secret',
    'cookie-secret': '0123456789abcdef0123456789abcdef',
  };
  await apply(NAMESPACE, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'mlflow-sso' }, stringData });
  await install(NAMESPACE, {
    mode: 'sidecar',
    injection: { method: 'webhook' },
    config: { GW_OIDC_AUDIENCE: 'mlflow,mlflow-ui' },
    sso: {
      enabled: true,
      publicUrl: PUBLIC_URL,
      clientId: 'mlflow-ui',
      existingSecret: 'mlflow-sso',
      image: { repository, tag },
      extraArgs: [`--whitelist-domain=${KEYCLOAK_HOST}:${KEYCLOAK_PORT}`],
    },
  });
  await apply(NAMESPACE, ...mlflow({ replicas: 0 }), deployment({ labels: INJECT }));
  await openVolume(NAMESPACE, 'mlflow');
  await rolledOut(NAMESPACE, 'mlflow');
  desk = await openDesk(NAMESPACE, SSO);
});

afterAll(async () => {
  await desk?.stop();
  await removeNamespace(NAMESPACE);
});

/** Signs somebody in on Keycloak's page and waits for MLflow's. */
async function signIn(context: BrowserContext, username: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(PUBLIC_URL);
  await page.waitForURL(`${ISSUER}/**`);
  await picture(page, `${username}-1-sign-in`);
  await page.fill('#username', username);
  await page.fill('#password', 'demo');
  await page.click('[type=submit]');
  await page.waitForURL(`${PUBLIC_URL}/**`);
  return page;
}

describe('the way in', () => {
  test('nobody gets a page without signing in, nor an answer of the API', async () => {
    const page = await ask({ url: `${INSIDE}/` });
    expect(page.status).toBe(302);
    expect(page.headers!.location).toContain(`${ISSUER}/protocol/openid-connect/auth?`);
    expect(page.headers!.location).toContain('code_challenge_method=S256');
    expect(await ask({ url: INSIDE + SEARCH })).toMatchObject({ status: 401 });
  });

  test('programs come through with tokens of their own, and see their team’s data', async () => {
    for (const [username, team] of [
      ['ada', 'team-a'],
      ['bob', 'team-b'],
    ] as const) {
      const json = { name: `churn of ${team}` };
      const url = `${INSIDE}/api/2.0/mlflow/experiments/create`;
      expect(await ask({ url, json, headers: await as(username) })).toMatchObject({ status: 200 });
    }
    const { text } = await ask({ url: INSIDE + SEARCH, headers: await as('vera') });
    expect(text).toContain('churn of team-a');
    expect(text).not.toContain('team-b');
  });
});

describe.each([
  ['ada', 'team-a', 'team-b'],
  ['bob', 'team-b', 'team-a'],
])('%s, of %s', (username, team, otherTeam) => {
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    context = await desk.sitDown();
  });
  afterAll(() => context?.close());

  test('signs in at Keycloak, and sees MLflow', async () => {
    page = await signIn(context, username);
    // MLflow's pages put their own names before it, once they are drawn.
    expect(await page.title()).toMatch(/MLflow$/);
    await page.goto(`${PUBLIC_URL}/#/experiments?workspace=${team}`);
    await page.getByText(`churn of ${team}`).first().waitFor();
    await picture(page, `${username}-2-experiments`);
    expect(await page.content()).not.toContain(otherTeam);
  });

  test('makes an experiment with a click, and finds it', async () => {
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

  test('finds nothing of the other team, whatever address is typed', async () => {
    const answer = await page.evaluate(async (workspace) => {
      const headers = { 'X-MLFLOW-WORKSPACE': workspace, 'Content-Type': 'application/json' };
      const got = await fetch('/ajax-api/2.0/mlflow/experiments/search', {
        method: 'POST',
        headers,
        body: JSON.stringify({ max_results: 100 }),
      });
      return { status: got.status, text: await got.text() };
    }, otherTeam);
    expect(answer.text).not.toContain(`churn of ${otherTeam}`);
    await page.goto(`${PUBLIC_URL}/#/experiments?workspace=${otherTeam}`);
    await page.reload();
    await page.waitForTimeout(5_000); // For what it may show after all.
    await picture(page, `${username}-5-other-team`);
    expect(await page.getByText(`churn of ${otherTeam}`).count()).toBe(0);
  });

  test('signs out, of both', async () => {
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

test('the audit log has their names, and what they did', async () => {
  const made = { operation: 'createExperiment', decision: 'allow', status_code: 200 };
  await expectAudit(
    NAMESPACE,
    'app=mlflow',
    'audit-browser.jsonl',
    { ...made, tenant: 'team-a' },
    { ...made, tenant: 'team-b' },
  );
});
