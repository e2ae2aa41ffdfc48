import { type Browser, chromium } from 'playwright-core';

/** Where Chromium or Chrome is, unless `E2E_CHROMIUM` says otherwise. */
export const CHROMIUM = process.env.E2E_CHROMIUM || '/usr/bin/chromium';

/**
 * Starts a browser without a window, that asks the internet for nothing of its own.
 *
 * @param rules where host names are found, as in `MAP mlflow.example.com:443 127.0.0.1:8443`
 * @throws Error when it cannot be started, naming E2E_CHROMIUM
 * @see https://www.chromium.org/developers/design-documents/network-stack/ for `--host-resolver-rules`
 * @example
 * const browser = await launchChromium(['MAP ml.example.com:443 127.0.0.1:8443']);
 */
export async function launchChromium(rules: readonly string[], executablePath = CHROMIUM): Promise<Browser> {
  const args = [
    `--host-resolver-rules=${rules.join(',')}`,
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ];
  try {
    return await chromium.launch({ executablePath, headless: true, args });
  } catch (error) {
    throw new Error(`Chromium cannot be started; E2E_CHROMIUM says where it is. ${(error as Error).message}`);
  }
}
