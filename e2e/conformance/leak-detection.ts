import { literally } from '../harness/escape-pattern.ts';
import { type Draft, valuesIn } from '../harness/requests/draft.ts';
import type { Answer } from '../harness/wire-caller.ts';

/**
 * What an answer holds of the other tenant's words and ids, unless the request itself said them.
 *
 * @param secrets what only the other tenant knows
 */
export function leaksIn(
  text: string,
  sent: readonly string[],
  secrets: readonly string[],
): readonly string[] {
  if (!secrets.some((secret) => text.includes(secret))) return [];
  let rest = text;
  for (const value of sent.filter(({ length }) => length > 3).sort((a, b) => b.length - a.length)) {
    rest = rest.replaceAll(value, '').replaceAll(JSON.stringify(value).slice(1, -1), '');
    for (const piece of pieces(value)) rest = rest.replaceAll(piece, '');
  }
  return secrets.filter((secret) => rest.includes(secret));
}

/** Every text of a request that its answer may repeat. */
export function saidBy(draft: Draft): readonly string[] {
  return [...valuesIn(draft), draft.raw?.toString('utf8') ?? ''];
}

/**
 * Whether two answers to the same question about different resources say different things: what the questions named,
 * and what is new in every answer (request ids, times, generated ids and names), aside.
 *
 * @param aside more that may differ, such as ids of the sender's own resources
 */
export function toldApart(
  theirs: { readonly answer: Answer; readonly draft: Draft },
  nobodys: { readonly answer: Answer; readonly draft: Draft },
  aside: readonly string[] = [],
): boolean {
  const values = [...valuesIn(theirs.draft), ...valuesIn(nobodys.draft), ...aside];
  const named = [...new Set([...values, ...values.flatMap(pieces)])]
    .filter((value) => value !== '')
    .sort((a, b) => b.length - a.length);
  return gist(theirs.answer, named) !== gist(nobodys.answer, named);
}

/** What messages echo of paths, URIs and filters: their parts. */
function pieces(value: string): readonly string[] {
  return value.split(/[^A-Za-z0-9_.-]+/).filter(({ length }) => length > 5);
}

function gist({ status, text }: Answer, named: readonly string[]): string {
  let rest = text
    .replace(/"(?:request_id|page_token|next_page_token)":\s*"[^"]*"/g, '')
    // Names of the sender's own, of which the two questions may have had different ones.
    .replace(/\ba-own-[0-9a-f]+(?:-[a-z]+)+-\d+/g, 'own');
  for (const value of named) {
    // Short ones, such as the number of an experiment, only where they stand alone.
    rest = value.length > 5 ? rest.replaceAll(value, '*') : rest.replaceAll(alone(value), '*');
  }
  return `${status} ${rest.replace(/\b1[0-9]{12}\b/g, 'time').replace(/\b[0-9a-f]{8,}\b/g, 'hex')}`;
}

const patterns = new Map<string, RegExp>();

function alone(value: string): RegExp {
  const known = patterns.get(value);
  if (known !== undefined) return known;
  const made = new RegExp(`(?<![A-Za-z0-9_.])${literally(value)}(?![A-Za-z0-9_.])`, 'g');
  patterns.set(value, made);
  return made;
}
