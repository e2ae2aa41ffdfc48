import { escapeHtml } from '../../http/html.ts';
import type { Grant } from '../../identity/principal.ts';
import type { IgnoredCookie } from './team-cookie.ts';

/** The contents of the page. */
export interface TeamPageContent {
  readonly subject: string;
  /** The caller's tenants. */
  readonly grants: readonly Grant[];
  /** The tenant that the browser's cookie selects. */
  readonly current: string | undefined;
  /** Why the browser's cookie does not count. */
  readonly ignored: IgnoredCookie | undefined;
  /** A relative link to the page that the caller came from. */
  readonly back: string;
}

const NOTICES: Readonly<Record<IgnoredCookie, string>> = {
  malformed: 'The earlier choice of this browser cannot be read and was ignored.',
  other_caller: 'Another user chose a team in this browser. That choice was ignored.',
  not_granted: 'You are no longer a member of the team that you chose earlier. That choice was ignored.',
};

/** The page that asks for the team, without scripts. */
export function teamPage({ subject, grants, current, ignored, back }: TeamPageContent): string {
  const several = grants.length > 1;
  const notice = ignored === undefined ? '' : `<p role="status">${NOTICES[ignored]}</p>`;
  const return_ =
    !several || current !== undefined ? `<p><a href="${escapeHtml(back)}">Back to MLflow</a></p>` : '';
  // Without an action the browser sends the form to this page's own address, and keeps a fragment for MLflow's page.
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>MLflow: choose a team</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:10vh auto;padding:0 1rem}ul{list-style:none;padding:0}
li{margin:.5rem 0}button{font:inherit;text-align:left;width:100%;padding:.5rem .75rem;overflow-wrap:anywhere}
[aria-current]{font-weight:bold}.note{color:#555;font-size:14px}[role=status]{color:#a00}</style></head>
<body><main><h1>Which team?</h1>${notice}
<p>You are <b>${escapeHtml(subject)}</b>. ${several ? 'MLflow shows the data of one of your teams at a time.' : 'You belong to one team, so there is nothing to choose.'}</p>
<form method="post"><ul>
${grants.map((grant) => `<li>${button(grant, grant.tenant === current)}</li>`).join('\n')}
</ul></form>${return_}
<p class="note">The choice applies to all windows of this browser. Reload MLflow’s other windows after a change.</p>
</main></body></html>
`;
}

function button({ tenant, roles }: Grant, current: boolean): string {
  const name = escapeHtml(tenant);
  const held = roles.length === 0 ? 'no role' : escapeHtml(roles.join(', '));
  return `<button name="tenant" value="${name}"${current ? ' aria-current="true"' : ''}>${name} (${held})${current ? ', current' : ''}</button>`;
}
