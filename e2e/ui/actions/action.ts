import type { Session } from '../support/session.ts';

/** Something that a user can do on a page and that a role may not allow. */
export interface Action {
  /** Completes "a viewer cannot ...". */
  readonly title: string;
  /** The weakest role that allows it. */
  readonly role: 'contributor' | 'admin';
  readonly method: string;
  /** A pattern for the path of the page's request, without `/ajax-api/...`. */
  readonly endpoint: string;
  /** Performs the action, up to the last click. A new resource is called `name`. */
  perform(session: Session, name: string): Promise<void>;
  /** The text that MLflow shows after a refusal, and the reason, where it is not the gateway's message. */
  readonly refusalText?: { readonly text: string; readonly why: string };
  /** A text that MLflow shows for a few seconds after success. */
  readonly announcement?: string;
  /** Waits until the page shows that the action was done. */
  expectDone(session: Session, name: string): Promise<void>;
}

/** The dialog on top of the page. */
export const dialog = ({ page }: Session) => page.getByRole('dialog').last();

/** Chooses an item of the menu beside a page's title. */
export async function choose(session: Session, item: string): Promise<void> {
  await session.page.getByLabel('Open header dropdown menu').click();
  await session.page.getByRole('menuitem', { name: item }).click();
}
