/**
 * `examples/compose` as its README describes it: `docker compose up`, a day of both teams, and three people with browsers at Keycloak's
 * own sign-in page.
 */
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { type Example, startExample } from './support/example.ts';

const START_TIMEOUT_MS = 1_200_000;
/** The tests that `.ci/run` runs, by `--grep`; the others repeat them for more people, or start everything again. */
const CI = { tag: '@ci' };
/** The folder for the screenshot in the example's README; without it none is taken. */
const PICTURES = process.env.E2E_COMPOSE_PICTURES;

const test = base.extend<{ readonly context: BrowserContext }, { readonly example: Example }>({
  example: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from this pattern.
    async ({}, use) => {
      const example = await startExample();
      await use(example);
      await example.remove();
    },
    { scope: 'worker', timeout: START_TIMEOUT_MS },
  ],
});

// Each test continues where the one before ended.
test.describe.configure({ mode: 'serial', timeout: START_TIMEOUT_MS });
test.use({ viewport: { width: 1280, height: 800 } });

/** Opens MLflow and signs in on Keycloak's page. */
async function signIn(page: Page, { url, issuer, passwords }: Example, person: string): Promise<void> {
  page.setDefaultTimeout(300_000);
  await page.goto(url);
  await page.waitForURL(`${issuer}/**`);
  await page.fill('#username', person);
  await page.fill('#password', passwords[person]!);
  await page.click('[type=submit]');
  await page.waitForURL(`${url}/**`);
}

/** The names of a workspace's experiments and runs, as MLflow's pages request them. */
async function runNames(page: Page, workspace?: string): Promise<string> {
  return page.evaluate(async (chosen) => {
    const ask = async (path: string, body: object): Promise<string> => {
      const headers = {
        'content-type': 'application/json',
        ...(chosen === undefined ? {} : { 'x-mlflow-workspace': chosen }),
      };
      const answer = await fetch(`/ajax-api/2.0/mlflow/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return answer.text();
    };
    const found = await ask('experiments/search', { max_results: 100 });
    const { experiments = [] } = JSON.parse(found) as { experiments?: { experiment_id: string }[] };
    return (
      found + (await ask('runs/search', { experiment_ids: experiments.map((one) => one.experiment_id) }))
    );
  }, workspace);
}

test('publishes two ports, on 127.0.0.1 only, and gives MLflow no network', CI, async ({ example }) => {
  const lines = (await example.compose('ps', '--format', 'json')).trim().split('\n');
  const services = lines.map(
    (line) =>
      JSON.parse(line) as {
        Service: string;
        Networks: string;
        Publishers: { URL: string; PublishedPort: number }[] | null;
      },
  );
  const published = services.flatMap(({ Service, Publishers }) =>
    (Publishers ?? []).filter(({ PublishedPort }) => PublishedPort > 0).map(({ URL }) => [Service, URL]),
  );
  expect(published.toSorted()).toEqual([
    ['keycloak', '127.0.0.1'],
    ['sso', '127.0.0.1'],
  ]);
  expect(services.find(({ Service }) => Service === 'mlflow')?.Networks).toBe('none');
});

test('answers a request without a token with 401, and a page with the sign-in', CI, async ({ example }) => {
  const search = await fetch(`${example.url}/api/2.0/mlflow/experiments/search`, { method: 'POST' });
  expect(search.status).toBe(401);
  const page = await fetch(example.url, { redirect: 'manual' });
  expect(page.headers.get('location')).toContain(`${example.issuer}/protocol/openid-connect/auth?`);
});

test('an ordinary day of both teams works, and the audit log shows it', CI, async ({ example }) => {
  const told = await example.run('day');
  expect(told).toContain("sees the runs ['first of ada'] and one model, churn");
  expect(told).toContain("sees the runs ['first of bob'] and one model, churn");
  expect(told).toMatch(/ada +vision +allow +200 +createModelVersion +forwarded/);
  expect(told).toMatch(/bob +speech +allow +404 +getRun +forwarded/);
  expect(told).toMatch(/carol +vision +deny +403 +setTag +role_insufficient/);
  expect(told).toMatch(/carol +- +deny +403 +getRun +tenant_not_granted/);
});

for (const [person, team, other, details] of [
  ['ada', 'vision', 'bob', CI],
  ['bob', 'speech', 'ada', {}],
] as const)
  test(
    `${person} signs in with a browser and sees the data of ${team} only`,
    details,
    async ({ page, example }) => {
      await signIn(page, example, person);
      await page.goto(`${example.url}/#/experiments?workspace=${team}`);
      await page.getByRole('link', { name: 'churn' }).first().waitFor();
      const names = await runNames(page);
      expect(names).toContain(`first of ${person}`);
      expect(names).not.toContain(`first of ${other}`);
    },
  );

test('carol chooses one of her two teams, switches, and signs out', async ({ page, example }) => {
  const { url, issuer } = example;
  await signIn(page, example, 'carol');
  const choose = async (team: string): Promise<void> => {
    await page.getByRole('heading', { name: 'Which team?' }).waitFor();
    await page.getByRole('button', { name: team }).click();
    await page.waitForURL((address) => address.pathname === '/');
  };
  await choose('vision (viewer)');
  expect(await runNames(page)).toContain('first of ada');
  expect(await runNames(page)).not.toContain('first of bob');
  await page.goto(`${url}/gateway/team`);
  await choose('speech (admin)');
  expect(await runNames(page)).toContain('first of bob');
  expect(await runNames(page)).not.toContain('first of ada');
  expect(await runNames(page, 'vision')).toContain('first of ada');
  await page.goto(`${url}/#/experiments?workspace=speech`);
  await page.getByRole('link', { name: 'churn' }).first().click();
  await page.getByRole('link', { name: 'Training runs' }).click();
  await page.getByText('first of bob').first().waitFor();
  if (PICTURES) {
    // The panel of MLflow's assistant.
    await page.getByRole('button', { name: 'Close', exact: true }).first().click();
    await page.screenshot({ path: `${PICTURES}/carol.png` });
  }

  const logout = `${issuer}/protocol/openid-connect/logout?client_id=mlflow-ui&post_logout_redirect_uri=${encodeURIComponent(`${url}/`)}`;
  await page.goto(`${url}/oauth2/sign_out?rd=${encodeURIComponent(logout)}`);
  await page.click('[type=submit]');
  await page.waitForURL(`${issuer}/protocol/openid-connect/auth**`);
  await page.locator('#username').waitFor();
});

test('a new team needs groups in Keycloak and nothing else', async ({ page, example }) => {
  expect(await example.run('add-team', 'payments', 'ada', 'admin')).toContain('ada is admin in payments');
  await signIn(page, example, 'ada');
  await page.getByRole('heading', { name: 'Which team?' }).waitFor();
  await page.getByRole('button', { name: 'payments (admin)' }).click();
  await page.waitForURL(({ pathname }) => pathname === '/');
  expect(await runNames(page)).not.toContain('churn');
});

test('continues with its data, people and teams after `down` and `up`', async ({ page, example }) => {
  await example.compose('down');
  await example.compose('up', '--detach', '--wait', '--no-build');
  await signIn(page, example, 'ada');
  await page.getByRole('button', { name: 'payments (admin)' }).waitFor();
  await page.getByRole('button', { name: 'vision (contributor)' }).click();
  await page.waitForURL(({ pathname }) => pathname === '/');
  expect(await runNames(page)).toContain('first of ada');
});
