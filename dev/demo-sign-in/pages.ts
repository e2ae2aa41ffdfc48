import type { DemoUser } from '../demo-users.ts';

const STYLE = `<style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:10vh auto;padding:0 1rem}
button{font:inherit;padding:.4rem .8rem;margin:.2rem 0}.people button{display:block;width:100%;text-align:left}
small{color:#555}.note{border-left:4px solid #c80;padding-left:.8rem}</style>`;

const NOTE =
  '<p class="note">This is a demo on your own machine. Nobody has a password, and everyone on this machine may be anyone.</p>';

/** The `Content-Security-Policy` of the pages: no script, no frame, and forms for these origins only, also after a redirect. */
export function pagePolicy(...formsFor: readonly string[]): string {
  const forms = ["'self'", ...formsFor].join(' ');
  return `default-src 'none'; style-src 'unsafe-inline'; form-action ${forms}; frame-ancestors 'none'; base-uri 'none'`;
}

/** The provider's page: choose one of the demo's people. `fields` are sent along, hidden. */
export function peoplePage(users: readonly DemoUser[], fields: Readonly<Record<string, string>>): string {
  const hidden = Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('');
  const people = users
    .map(
      ({ name, grants }) =>
        `<button name="user" value="${escapeHtml(name)}"><b>${escapeHtml(name)}</b> <small>${grants
          .map(({ tenant, role }) => escapeHtml(`${role} in ${tenant}`))
          .join(', ')}</small></button>`,
    )
    .join('\n');
  return page(
    'Demo sign-in',
    `${NOTE}<p>Who are you?</p><form class="people" method="post" action="/authorize">${hidden}\n${people}</form>`,
  );
}

/** The page about the session: the person, and a button to sign out. */
export function sessionPage(user: string): string {
  return page(
    `You are ${user}`,
    `${NOTE}<p><a href="/">To MLflow</a></p><form method="post" action="/demo/sign-out"><button>Sign out and choose another person</button></form>`,
  );
}

/** A page with one sentence and a link to begin again. */
export function problemPage(problem: string): string {
  return page(
    'Demo sign-in',
    `<p role="alert">${escapeHtml(problem)}</p><p><a href="/">Sign in again</a></p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title>${STYLE}
<h1>${escapeHtml(title)}</h1>${body}</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
