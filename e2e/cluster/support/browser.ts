import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { chromiumOptions } from '../../harness/chromium.ts';
import { makeCertificate } from './certificates.ts';
import { endTls, type Forward, forward } from './forward.ts';
import { IDENTITY, ISSUER, KEYCLOAK_HOST, KEYCLOAK_PORT } from './keycloak.ts';
import { path } from './report.ts';

/** The public address of MLflow: `sso.publicUrl` of the chart. */
const PUBLIC_HOST = 'mlflow.example.com';
export const PUBLIC_URL = `https://${PUBLIC_HOST}`;

/** A browser outside the cluster. */
export interface OutsideBrowser {
  /** A user's window, without cookies. */
  newContext(): Promise<BrowserContext>;
  stop(): Promise<void>;
}

/**
 * Starts a browser outside the cluster, which reaches a Service at its public address with TLS, and Keycloak at the same address as
 * pods. The cluster has no Ingress, so TLS ends here.
 *
 * @throws Error when Chromium cannot be started
 */
export async function startOutsideBrowser(namespace: string, service: string): Promise<OutsideBrowser> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.reverse()) await one.stop();
  };
  const add = <T extends Forward>(one: T): T => {
    started.push(one);
    return one;
  };
  try {
    const inside = add(await forward(namespace, service, 80));
    const outside = add(await endTls(inside.port, await makeCertificate(PUBLIC_HOST)));
    const keycloak = add(await forward(IDENTITY, 'keycloak', KEYCLOAK_PORT));
    const browser = await chromium.launch(
      chromiumOptions([
        `MAP ${PUBLIC_HOST}:443 127.0.0.1:${outside.port}`,
        `MAP ${KEYCLOAK_HOST}:${KEYCLOAK_PORT} 127.0.0.1:${keycloak.port}`,
      ]),
    );
    started.push({ stop: () => browser.close() });
    const options = { ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } };
    return { newContext: () => browser.newContext(options), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Signs a user of Keycloak in on its page, and waits for the first page behind it. */
export async function signIn(context: BrowserContext, username: string): Promise<Page> {
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

/** Saves a screenshot in the report. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path(`screenshots/${name}.png`) });
}
