import { DenialError } from '../../denial.ts';
import type { Target } from '../../http/target.ts';
import { LIMITS } from '../../limits.ts';

/** The path of the page that asks for the team, below the path that the gateway is served under. */
export const TEAM_PATH = '/gateway/team';

const MAX_LENGTH = LIMITS.returnPath.value;
/** One slash, then visible ASCII without a backslash, which browsers read as a slash, and without a fragment. */
const RETURN_PATH = /^\/(?![/\\])[!"$-[\]-~]*$/;

/**
 * A link from a page to the page that asks for the team. It is relative: it holds wherever a proxy serves the gateway, and cannot
 * lead to another host.
 *
 * @param path below the path that the gateway is served under
 * @example
 * linkToTeams('/'); // 'gateway/team'
 * linkToTeams('/a/b'); // '../gateway/team'
 */
export function linkToTeams(path: string): string {
  const depth = path.split('/').length - 2;
  return `${'../'.repeat(depth)}${TEAM_PATH.slice(1)}`;
}

/** `linkToTeams`, with the way back. A target that is too long leads back to the start page. */
export function linkToTeamsFrom({ path, query }: Target): string {
  const target = query === '' ? path : `${path}?${query}`;
  const back = target === '/' || target.length > MAX_LENGTH ? '' : `?to=${encodeURIComponent(target)}`;
  return `${linkToTeams(path)}${back}`;
}

/**
 * Reads the way back from the query of the page: `to`, or nothing.
 *
 * @returns a link relative to the page. As it begins with `..`, it never leads to another host
 * @throws DenialError `malformed_query` for any other query
 */
export function readReturnLink(query: string): string {
  if (query === '') return linkFromTeams('/');
  const [, encoded] = /^to=([^&]*)$/.exec(query) ?? [];
  const target = encoded === undefined ? undefined : decoded(encoded);
  if (target === undefined || target.length > MAX_LENGTH || !RETURN_PATH.test(target))
    throw new DenialError(
      'malformed_query',
      'The only parameter of this page is "to": a path of this server.',
    );
  return linkFromTeams(target);
}

const linkFromTeams = (target: string): string => `..${target}`;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
