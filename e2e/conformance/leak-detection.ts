import { type Draft, valuesIn } from '../harness/requests/draft.ts';
import type { Answer } from '../harness/wire-caller.ts';

/**
 * Texts and ids of the other tenant in a response, except those that the request itself contained.
 *
 * @param secrets texts and ids that only the other tenant knows
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

/** Every text of a request, which its response may repeat. */
export function textsOf(draft: Draft): readonly string[] {
  return [...valuesIn(draft), draft.raw?.toString('utf8') ?? ''];
}

/**
 * Whether two responses to the same request about different resources differ, apart from the values of the requests
 * and generated values (request ids, times, ids and names).
 *
 * @param aside further values that may differ, such as ids of the sender's own resources
 */
export function areDistinguishable(
  theirs: { readonly answer: Answer; readonly draft: Draft },
  counterpart: { readonly answer: Answer; readonly draft: Draft },
  aside: readonly string[] = [],
): boolean {
  const values = [...valuesIn(theirs.draft), ...valuesIn(counterpart.draft), ...aside];
  const named = [...new Set([...values, ...values.flatMap(pieces)])]
    .filter((value) => value !== '')
    .sort((a, b) => b.length - a.length);
  return normalized(theirs.answer, named) !== normalized(counterpart.answer, named);
}

/** The parts of paths, URIs and filters, which messages may repeat. */
function pieces(value: string): readonly string[] {
  return value.split(/[^A-Za-z0-9_.-]+/).filter(({ length }) => length > 5);
}

function normalized({ status, text }: Answer, named: readonly string[]): string {
  let rest = text
    .replace(/"(?:request_id|page_token|next_page_token)":\s*"[^"]*"/g, '')
    // Names of the sender's own resources, which may differ between the two requests.
    .replace(/\ba-own-[0-9a-f]+(?:-[a-z]+)+-\d+/g, 'own');
  for (const value of named) {
    // Short values, such as the number of an experiment, only as whole words.
    rest = value.length > 5 ? rest.replaceAll(value, '*') : rest.replaceAll(alone(value), '*');
  }
  return `${status} ${rest.replace(/\b1[0-9]{12}\b/g, 'time').replace(/\b[0-9a-f]{8,}\b/g, 'hex')}`;
}

const patterns = new Map<string, RegExp>();

function alone(value: string): RegExp {
  const known = patterns.get(value);
  if (known !== undefined) return known;
  const made = new RegExp(`(?<![A-Za-z0-9_.])${RegExp.escape(value)}(?![A-Za-z0-9_.])`, 'g');
  patterns.set(value, made);
  return made;
}
