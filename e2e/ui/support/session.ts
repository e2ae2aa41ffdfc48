import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Expected, matches, unexpected } from './expected-errors.ts';
import { type Door, openDoor } from './recording-proxy.ts';
import type { Team } from './tenants.ts';

/** For a page, and for what it asks. A busy machine draws late; what never comes costs a failing test this long. */
const PATIENCE_MS = 120_000;

/** Where pictures for docs/ui.md go; none are made unless this is set. */
const PICTURES = process.env.E2E_UI_PICTURES;

const FAILURES = join(import.meta.dirname, '../../../test-results/ui');

/** Messages of forms, boxes and notices that are errors; others are hints. */
const ERRORS = '[role=alert][class*=error], [class*=notice-error] [role=alert]';

/** What React and MLflow show instead of a page. */
const BROKEN =
  /Something went wrong|error occurred while rendering|Page Not Found|Permission denied|don't have permission/i;

export interface VisitOptions {
  readonly team: Team;
  /** Nothing of this team's may be seen. */
  readonly other: Team;
  readonly gateway: string;
  /** What says who is calling. */
  readonly headers: Readonly<Record<string, string>>;
  /** Goes into every address, as MLflow's own links have it. None where MLflow has no workspaces. */
  readonly workspace?: string | undefined;
  /** What is refused on some page or other without anybody noticing. */
  readonly expected: readonly Expected[];
}

/** What may be otherwise than on every page. */
export interface Check {
  /** What the page was to ask for and not to get. */
  readonly refused?: readonly Expected[];
  /** What may not be seen; else whatever tells of the other team. */
  readonly foreign?: RegExp;
  /** Whether an error may be shown: unless told, where something was refused. Some stay for seconds. */
  readonly errors?: boolean;
}

/** Somebody at a browser: one page, the door it goes through, and what is to be true of all that it shows. */
export class Visit {
  readonly team: Team;
  readonly page: Page;
  readonly #options: VisitOptions;
  readonly #context: BrowserContext;
  readonly #door: Door;
  readonly #errors: string[] = [];
  #checked = 0;

  private constructor(options: VisitOptions, context: BrowserContext, page: Page, door: Door) {
    this.team = options.team;
    this.#options = options;
    this.#context = context;
    this.page = page;
    this.#door = door;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.#errors.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !isHarmless(message.text()))
        this.#errors.push(`console: ${message.text()}`);
    });
  }

  /** `http://127.0.0.1:port`, as the browser has it. */
  get address(): string {
    return this.#door.address;
  }

  /** Sits down and opens MLflow's first page. */
  static async begin(browser: Browser, options: VisitOptions): Promise<Visit> {
    const door = await openDoor(options.gateway, options.headers);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    const visit = new Visit(options, context, await context.newPage(), door);
    await visit.#closeIntroductions();
    return visit;
  }

  /** Goes to an address of MLflow's, as somebody does who types it or follows a link that a colleague sent. */
  async open(route: string, { reload = false, workspace = this.#options.workspace } = {}): Promise<void> {
    const [path, query = ''] = route.split('?');
    const parameters = new URLSearchParams(query);
    if (workspace) parameters.set('workspace', workspace);
    const hash = parameters.size > 0 ? `${path}?${parameters}` : path;
    await this.page.goto(`${this.#door.address}/#${hash}`);
    // Another address of the same page loads nothing by itself.
    if (reload) await this.page.reload();
  }

  /** Waits until all of the texts are seen. */
  async see(...texts: readonly (string | RegExp)[]): Promise<void> {
    for (const text of texts) await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /**
   * Holds for every page: nothing failed but what is expected, nothing broke, no error is shown, and nothing of the other
   * team's has come, whether shown or not. What was expected must have come.
   */
  async check(options: Check = {}): Promise<void> {
    const { refused = [], foreign = this.#options.other.marker, errors = refused.length > 0 } = options;
    await this.quiet();
    const exchanges = this.#door.exchanges.slice(this.#checked);
    this.#checked += exchanges.length;
    expect(unexpected(exchanges, [...this.#options.expected, ...refused])).toEqual([]);
    for (const one of refused)
      expect(
        exchanges.some((exchange) => matches(one, exchange)),
        `${one.path} was to be refused`,
      ).toBe(true);
    expect(this.#errors.splice(0)).toEqual([]);
    for (const { path, body } of exchanges) expect(body.toString('utf8'), path).not.toMatch(foreign);
    const html = await this.page.content();
    expect(html).not.toMatch(foreign);
    if (errors) return;
    expect(await this.page.locator('body').innerText()).not.toMatch(BROKEN);
    expect(await this.errorsShown()).toEqual([]);
  }

  /** What MLflow shows as an error now: notices, alerts and messages below forms. */
  async errorsShown(): Promise<string[]> {
    const alerts = this.page.locator(ERRORS).filter({ visible: true });
    return (await alerts.allInnerTexts()).map((text) => text.trim()).filter((text) => text !== '');
  }

  /** Whoever comes for the first time is shown things that lie over the page: closed when they are in the way of a click. */
  async #closeIntroductions(): Promise<void> {
    const { page } = this;
    const close = page.getByRole('button', { name: 'Close', exact: true });
    // A hint that goes by itself while it is being closed is closed.
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

  /** Waits until nothing is asked any more. */
  async quiet(): Promise<void> {
    await expect.poll(() => this.#door.pending(), { timeout: PATIENCE_MS }).toBe(0);
  }

  /** What the page has been answered since the last check. */
  answers(path: RegExp): { readonly status: number; readonly text: string }[] {
    return this.#door.exchanges
      .slice(this.#checked)
      .filter((exchange) => path.test(exchange.path))
      .map(({ status, body }) => ({ status, text: body.toString('utf8') }));
  }

  /** Keeps a picture for docs/ui.md, where the caller's environment says where. */
  async picture(name: string): Promise<void> {
    // Of one strategy: MLflow's pages are the same under both, but for the selector of workspaces.
    if (PICTURES === undefined || this.#options.workspace === undefined) return;
    await this.quiet();
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
  }

  /** Keeps what was to be seen when a test failed. */
  async keep(title: string): Promise<void> {
    const name = title.replaceAll(/\W+/g, '-');
    await this.page.screenshot({ path: join(FAILURES, `${name}.png`) });
  }

  async end(): Promise<void> {
    await this.#context.close();
    await this.#door.stop();
  }
}

/** What browsers say of any page: a refused request (looked at by `check`), a chart that was resized while it was drawn. */
function isHarmless(text: string): boolean {
  return /^Failed to load resource|ResizeObserver loop/.test(text);
}
