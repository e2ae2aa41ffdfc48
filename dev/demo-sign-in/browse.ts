import { fetcher, type RequestInit } from '../http.ts';

/** A browser without scripts: it keeps cookies, follows redirects and sends forms. Cookies of 127.0.0.1 count for all of its ports. */
export class PlainBrowser {
  readonly #cookies = new Map<string, string>();
  #url = '';

  /** The address of the page that is open. */
  get url(): string {
    return this.#url;
  }

  /** Opens a page. Redirects are followed. */
  async open(url: string): Promise<Response> {
    return this.#navigate(url, {});
  }

  /** Sends a form of the open page. */
  async submit(action: string, fields: Readonly<Record<string, string>>): Promise<Response> {
    const target = new URL(action, this.#url).href;
    const origin = new URL(this.#url).origin;
    return this.#navigate(target, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  /** A request of the open page's scripts. Redirects are not followed. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(this.#url);
    return this.#send(new URL(path, this.#url).href, {
      ...init,
      headers: { origin, 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin', ...init.headers },
    });
  }

  async #navigate(url: string, init: RequestInit): Promise<Response> {
    let next = init;
    let target = url;
    for (let redirects = 0; redirects < 10; redirects++) {
      const answer = await this.#send(target, { ...next, headers: { accept: 'text/html', ...next.headers } });
      const location = answer.headers.get('location');
      this.#url = target;
      if (location === null) return answer;
      target = new URL(location, target).href;
      next = {};
    }
    throw new Error(`too many redirects from ${url}`);
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const { origin, pathname, search } = new URL(url);
    // Not the global fetch, which adds header fields of its own.
    const answer = await fetcher(origin)(pathname + search, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/; Max-Age=0(;|$)/i.test(line)) this.#cookies.delete(name!);
      else this.#cookies.set(name!, value!);
    }
    return answer;
  }
}

/**
 * Signs a browser in at the demo's page.
 *
 * @returns the page that the browser arrives at
 * @throws {Error} if the provider does not show its page
 * @example
 * const page = await signInAs(new PlainBrowser(), 'http://127.0.0.1:8080/', 'carol');
 */
export async function signInAs(browser: PlainBrowser, address: string, user: string): Promise<Response> {
  const people = await (await browser.open(address)).text();
  const hidden = [...people.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const unescaped = (text: string): string =>
    text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  const fields = Object.fromEntries(hidden.map(([, name, value]) => [name!, unescaped(value!)]));
  if (fields.state === undefined)
    throw new Error(`${address} does not lead to the demo's sign-in page: ${people.slice(0, 200)}`);
  return browser.submit('/authorize', { ...fields, user });
}
