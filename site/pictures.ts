/**
 * Takes the pictures of the site in docs/adr/0071-docs-as-a-site.md, from the built site: `npm run docs:build && node site/pictures.ts`.
 * `E2E_CHROMIUM` names the browser.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { listenOnLoopback } from '../dev/loopback.ts';
import { chromiumOptions } from '../e2e/harness/chromium.ts';

const DIST = join(import.meta.dirname, 'dist');
const PICTURES = join(import.meta.dirname, '../docs/images/site');
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

const { address, stop } = await listenOnLoopback(
  createServer((req, res) => {
    const path = decodeURIComponent(new URL(req.url!, 'http://host').pathname);
    const file = join(DIST, path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file)) return void res.writeHead(404).end();
    res.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    res.end(readFileSync(file));
  }),
);
const browser = await chromium.launch(chromiumOptions());
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  const take = async (name: string): Promise<void> => {
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  };
  await page.goto(`${address}/`);
  await take('home');
  await page.goto(`${address}/decide.html`);
  await page.locator('.diagram svg').waitFor();
  await take('decide');
  await page.goto(`${address}/compare.html`);
  await take('compare');
  await page.locator('#local-search button').click();
  await page.locator('.VPLocalSearchBox input').fill('deny list');
  await page.locator('.VPLocalSearchBox .result').first().waitFor();
  await take('search');
} finally {
  await browser.close();
  await stop();
}
