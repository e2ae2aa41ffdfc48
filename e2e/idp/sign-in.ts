import { PlainBrowser } from '../../dev/demo-sign-in/browse.ts';

/**
 * Signs a person in at Keycloak's pages as a browser without scripts does: sends the form of each page with these
 * fields.
 *
 * @param forms the fields of each form, in the order of the pages
 * @returns the text of the last page
 * @throws Error for a page without a form, with its text
 * @example
 * await signIn(address, [{ username: 'ada', password: 'demo' }, { accept: 'Yes' }]);
 */
export async function signIn(
  address: string,
  forms: readonly Readonly<Record<string, string>>[],
): Promise<string> {
  const browser = new PlainBrowser();
  let html = await (await browser.open(address)).text();
  for (const fields of forms) {
    const action = /<form\b[^>]*\baction="([^"]+)"/.exec(html)?.[1];
    if (action === undefined) throw new Error(`no form at ${browser.url}:\n${html}`);
    const hidden = [...html.matchAll(/<input\b[^>]*\btype="hidden"[^>]*>/g)].map(([input]) => [
      attribute(input, 'name'),
      attribute(input, 'value'),
    ]);
    const form = { ...Object.fromEntries(hidden), ...fields };
    html = await (await browser.submit(action.replaceAll('&amp;', '&'), form)).text();
  }
  return html;
}

const attribute = (tag: string, name: string): string =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
