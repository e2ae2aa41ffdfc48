import type { BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../harness/chromium.ts';
import { makeCertificate } from './certificates.ts';
import { endTls, type Forward, forward } from './forward.ts';
import { IDENTITY, KEYCLOAK_HOST, KEYCLOAK_PORT } from './keycloak.ts';
import { path } from './report.ts';
import { settings } from './settings.ts';

/** What browsers are told: the address of `sso.publicUrl`. */
export const PUBLIC_HOST = 'mlflow.example.com';
export const PUBLIC_URL = `https://${PUBLIC_HOST}`;

export interface Desk {
  /** Somebody's browser, with no cookies yet. */
  sitDown(): Promise<BrowserContext>;
  stop(): Promise<void>;
}

/**
 * A browser outside the cluster, for which a Service has a public address with TLS, and Keycloak the address it has for
 * everybody. An Ingress is what the cluster lacks: this ends TLS as one would.
 *
 * @throws Error when Chromium cannot be started, naming E2E_CHROMIUM
 */
export async function openDesk(namespace: string, service: string): Promise<Desk> {
  const open: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of open.reverse()) await one.stop();
  };
  const opened = <T extends Forward>(one: T): T => {
    open.push(one);
    return one;
  };
  try {
    const inside = opened(await forward(namespace, service, 80));
    const outside = opened(await endTls(inside.port, await makeCertificate(PUBLIC_HOST)));
    const keycloak = opened(await forward(IDENTITY, 'keycloak', KEYCLOAK_PORT));
    const rules = [
      `MAP ${PUBLIC_HOST}:443 127.0.0.1:${outside.port}`,
      `MAP ${KEYCLOAK_HOST}:${KEYCLOAK_PORT} 127.0.0.1:${keycloak.port}`,
    ];
    const browser = await launchChromium(rules, settings().chromium);
    open.push({ stop: () => browser.close() });
    return {
      sitDown: () => browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Keeps a picture of a page in the report. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path(`screenshots/${name}.png`) });
}
