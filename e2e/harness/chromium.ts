import { existsSync } from 'node:fs';
import type { LaunchOptions } from '@playwright/test';

/** Debian's Chromium. */
const DEBIAN = '/usr/bin/chromium';

/**
 * Options that start Chromium without a window and without traffic of its own to the internet. The browser is the one that
 * `E2E_CHROMIUM` names, else Debian's where it is installed, else the one that `npx playwright install chromium` downloads.
 *
 * @param hostRules addresses of host names, as in `MAP mlflow.example.com:443 127.0.0.1:8443`
 * @see https://www.chromium.org/developers/design-documents/network-stack/ for `--host-resolver-rules`
 * @example
 * const browser = await chromium.launch(chromiumOptions(['MAP ml.example.com:443 127.0.0.1:8443']));
 */
export function chromiumOptions(hostRules: readonly string[] = []): LaunchOptions {
  const executablePath = process.env.E2E_CHROMIUM || (existsSync(DEBIAN) ? DEBIAN : undefined);
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    headless: true,
    args: [
      ...(hostRules.length === 0 ? [] : [`--host-resolver-rules=${hostRules.join(',')}`]),
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  };
}
