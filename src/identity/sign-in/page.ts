import { escapeHtml } from '../../http/html.ts';

/** The contents of a page. */
export interface PageContent {
  /** The path that the gateway is served under; empty for none. */
  readonly prefix: string;
  readonly tenant: string;
  readonly subject: string;
  /** The problem with the last attempt. */
  readonly problem?: string | undefined;
  /** The caller who is signed in. */
  readonly current?: { readonly tenant: string; readonly subject: string } | undefined;
}

/** Below the path that the gateway is served under. */
export const SIGN_IN_PATH = '/gateway/sign-in';
export const SIGN_OUT_PATH = '/gateway/sign-out';

/** The page to sign in, without scripts. */
export function signInPage({ prefix, tenant, subject, problem, current }: PageContent): string {
  const now = current
    ? `<p>You are <b>${escapeHtml(current.subject)}</b> of <b>${escapeHtml(current.tenant)}</b>.
<a href="${prefix}/">To MLflow</a></p><form method="post" action="${prefix}${SIGN_OUT_PATH}"><button>Sign out</button></form>`
    : '';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>MLflow: sign in</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}
label{display:block;margin:.75rem 0}input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.3rem}
button{font:inherit;padding:.3rem 1rem}[role=alert]{color:#a00}.note{color:#555;font-size:14px}</style>
<h1>Choose a team</h1>${now}
${problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`}
<form method="post" action="${prefix}${SIGN_IN_PATH}">
<label>Team <input name="tenant" value="${escapeHtml(tenant)}" required maxlength="128" autofocus></label>
<label>Your name <input name="subject" value="${escapeHtml(subject)}" maxlength="255" placeholder="anonymous"></label>
<button>Sign in</button></form>
<p class="note">Authentication is off (GW_AUTH_MODE=off): caller identity is not verified. For development on one machine only.</p></html>
`;
}
