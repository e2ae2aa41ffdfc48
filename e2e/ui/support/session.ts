import { join } from 'node:path';
import { type Browser, type BrowserContext, expect, type Page } from '@playwright/test';
import { type ExpectedError, matches, unexpectedErrors } from './expected-errors.ts';
import { type Exchange, type RecordingProxy, startRecordingProxy } from './recording-proxy.ts';
import type { Tenant } from './tenants.ts';

/** For a page, and for its requests. A busy machine draws late; an element that never appears costs a failing test this long. */
const TIMEOUT_MS = 120_000;

/** The folder for the screenshots in docs/ui.md; without it none are taken. */
const PICTURES = process.env.E2E_UI_PICTURES;

/** Error messages of forms, boxes and notices; other alerts are hints. */
const ERRORS = '[role=alert][class*=error], [class*=notice-error] [role=alert]';

/** Texts that React and MLflow show in place of a page. */
const BROKEN =
  /Something went wrong|error occurred while rendering|Page Not Found|Permission denied|don't have permission/i;

export interface SessionOptions {
  readonly tenant: Tenant;
  /** The tenant whose data must never appear. */
  readonly other: Tenant;
  /** `http://127.0.0.1:port`. */
  readonly gateway: string;
  /** Headers that identify the user; none for a user who signs in on a page. */
  readonly headers: Readonly<Record<string, string>>;
  /** Part of every address, as in MLflow's own links. Undefined where MLflow has no workspaces. */
  readonly workspace?: string | undefined;
  /** Errors that any page may get. */
  readonly expected: readonly ExpectedError[];
}

/** Exceptions from the rules of {@link Session.check} for one page. */
export interface CheckOptions {
  /** Requests of the page that the gateway must refuse. */
  readonly refused?: readonly ExpectedError[];
  /** Text that must not appear. Default: the marker of the other tenant. */
  readonly foreign?: RegExp;
  /** Whether the page may show an error. Default: only where `refused` is not empty. Some errors stay for seconds. */
  readonly errors?: boolean;
}

/** One user at a browser: a page, the proxy in front of the gateway, and the rules that every page must keep. */
export class Session {
  readonly tenant: Tenant;
  readonly page: Page;
  readonly #options: SessionOptions;
  readonly #context: BrowserContext;
  readonly #proxy: RecordingProxy;
  readonly #errors: string[] = [];
  #checked = 0;

  private constructor(options: SessionOptions, context: BrowserContext, page: Page, proxy: RecordingProxy) {
    this.tenant = options.tenant;
    this.#options = options;
    this.#context = context;
    this.page = page;
    this.#proxy = proxy;
    page.setDefaultTimeout(TIMEOUT_MS);
    page.on('pageerror', (error) => this.#errors.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !isHarmless(message.text()))
        this.#errors.push(`console: ${message.text()}`);
    });
  }

  /** `http://127.0.0.1:port`, as the browser sees it. */
  get address(): string {
    return this.#proxy.address;
  }

  /** Starts a session with an empty page and without cookies. */
  static async start(browser: Browser, options: SessionOptions): Promise<Session> {
    const proxy = await startRecordingProxy(options.gateway, options.headers);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    const session = new Session(options, context, await context.newPage(), proxy);
    await session.#closeIntroductions();
    return session;
  }

  /** Opens an address of MLflow's UI, as typed by the user or received from a colleague. */
  async open(route: string, { reload = false, workspace = this.#options.workspace } = {}): Promise<void> {
    const [path, query = ''] = route.split('?');
    const parameters = new URLSearchParams(query);
    if (workspace) parameters.set('workspace', workspace);
    const hash = parameters.size > 0 ? `${path}?${parameters}` : path;
    // A new fragment alone loads nothing, and a page that still loads may replace it.
    if (reload) await this.page.goto('about:blank');
    await this.page.goto(`${this.#proxy.address}/#${hash}`);
  }

  /** Waits until all of the texts are visible. */
  async see(...texts: readonly (string | RegExp)[]): Promise<void> {
    for (const text of texts) await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /**
   * Checks the rules of every page since the last check: only expected errors, no exception, no error on the page, and no
   * data of the other tenant in any response, shown or not. Every error of `refused` must have occurred.
   */
  async check(options: CheckOptions = {}): Promise<void> {
    const { refused = [], foreign = this.#options.other.marker, errors = refused.length > 0 } = options;
    const unchecked = (): Exchange[] => this.#proxy.exchanges.slice(this.#checked);
    // A form that cannot show an error looks the same before the browser sends the request.
    await expect
      .poll(() => refused.filter((error) => !unchecked().some((exchange) => matches(error, exchange))), {
        message: 'requests that were not refused',
        timeout: TIMEOUT_MS,
      })
      .toEqual([]);
    await this.waitForResponses();
    const exchanges = unchecked();
    this.#checked += exchanges.length;
    expect(unexpectedErrors(exchanges, [...this.#options.expected, ...refused])).toEqual([]);
    expect(this.#errors.splice(0)).toEqual([]);
    const leaks = exchanges
      .filter(({ body }) => foreign.test(body))
      .map(({ method, path, body }) => `${method} ${path}: ${foreign.exec(body)?.[0]}`);
    expect(leaks, 'responses with data of the other tenant').toEqual([]);
    expect(await this.page.content()).not.toMatch(foreign);
    if (errors) return;
    expect(await this.page.locator('body').innerText()).not.toMatch(BROKEN);
    expect(await this.visibleErrors()).toEqual([]);
  }

  /** The errors that MLflow shows now: notices, alerts and messages below forms. */
  async visibleErrors(): Promise<string[]> {
    const alerts = this.page.locator(ERRORS).filter({ visible: true });
    return (await alerts.allInnerTexts()).map((text) => text.trim()).filter((text) => text !== '');
  }

  /** Closes the introductions that cover the page at a first visit, when they are in the way of a click. */
  async #closeIntroductions(): Promise<void> {
    const { page } = this;
    const close = page.getByRole('button', { name: 'Close', exact: true });
    // A hint may disappear by itself during the click.
    for (const button of [
      close.and(page.locator('[data-component-id^="mlflow.assistant"]')),
      page.getByRole('button', { name: 'Got it', exact: true }),
      page
        .getByRole('dialog')
        .filter({ hasText: 'new Model Registry UI' })
        .getByRole('button', { name: 'Close' }),
    ])
      await page.addLocatorHandler(button, (shown) => shown.click({ timeout: 2_000 }).catch(() => {}), {
        noWaitAfter: true,
      });
  }

  /** Waits until every request has its response. */
  async waitForResponses(): Promise<void> {
    await expect.poll(() => this.#proxy.pending(), { timeout: TIMEOUT_MS }).toBe(0);
  }

  /** Saves a screenshot for docs/ui.md when `E2E_UI_PICTURES` names a folder. */
  async picture(name: string): Promise<void> {
    // Under one strategy only: MLflow's pages are the same under both, except for the workspace selector.
    if (PICTURES === undefined || this.#options.workspace === undefined) return;
    await this.waitForResponses();
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
  }

  async end(): Promise<void> {
    await this.#context.close();
    await this.#proxy.stop();
  }
}

/** Console errors of any page: a refused request (covered by `check`), a chart that was resized while it was drawn. */
function isHarmless(text: string): boolean {
  return /^Failed to load resource|ResizeObserver loop/.test(text);
}
