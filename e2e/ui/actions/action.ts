import type { Visit } from '../support/session.ts';

/** Something that a person can do on a page, and that a role may not be allowed to. */
export interface Click {
  readonly title: string;
  /** The weakest role that may. */
  readonly role: 'contributor' | 'admin';
  readonly method: string;
  /** What the page sends for it, without `/ajax-api/...`. */
  readonly sends: string;
  /** Does it, up to the last click. What it makes is called `name`. */
  act(visit: Visit, name: string): Promise<void>;
  /** What MLflow shows where that is not the gateway's message: for what it says instead, and why. */
  readonly shows?: { readonly text: string; readonly why: string };
  /** Waits until the page shows that it was done. */
  done(visit: Visit, name: string): Promise<void>;
}

/** What a form or a question on top of the page is in. */
export const dialog = ({ page }: Visit) => page.getByRole('dialog').last();

/** Opens what is behind the three dots beside a page's title. */
export async function choose(visit: Visit, item: string): Promise<void> {
  await visit.page.getByLabel('Open header dropdown menu').click();
  await visit.page.getByRole('menuitem', { name: item }).click();
}
