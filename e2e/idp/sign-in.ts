/**
 * Signs a person in at Keycloak's pages as a browser does: keeps cookies, follows redirects, and sends the form of each page with these
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
  const cookies = new Map<string, string>();
  const visit = async (url: string, form?: URLSearchParams): Promise<{ url: string; html: string }> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      cookies.set(name!, value!);
    }
    const next = answer.headers.get('location');
    return next === null ? { url, html: await answer.text() } : visit(new URL(next, url).href);
  };
  let page = await visit(address);
  for (const fields of forms) {
    const action = /<form\b[^>]*\baction="([^"]+)"/.exec(page.html)?.[1];
    if (action === undefined) throw new Error(`no form at ${page.url}:\n${page.html}`);
    const hidden = [...page.html.matchAll(/<input\b[^>]*\btype="hidden"[^>]*>/g)].map(([input]) => [
      attribute(input, 'name'),
      attribute(input, 'value'),
    ]);
    const form = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields });
    page = await visit(new URL(action.replaceAll('&amp;', '&'), page.url).href, form);
  }
  return page.html;
}

const attribute = (tag: string, name: string): string =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
