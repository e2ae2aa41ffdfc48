import type { CallsCompared, WireDifference } from '../wire/same-calls.ts';
import { reasonOf } from './reasons.ts';

/** How a client did under one strategy. */
export interface Row {
  readonly client: string;
  readonly version: string;
  readonly strategy: string;
  /** Or why there is none. */
  readonly result: CallsCompared | { readonly failed: string };
}

const MOST_NAMED = 240;

/** A row of the table: client, version, strategy, calls, equal calls, differences by their reason or with both responses. */
export function lineOf({ client, version, strategy, result }: Row): string {
  const cells =
    'failed' in result
      ? ['', '', `not run: ${clean(result.failed)}`]
      : [`${result.calls}`, `${result.equal}`, differencesOf(result.differences)];
  return `| ${[client, version, strategy, ...cells].join(' | ')} |`;
}

/**
 * The table of Markdown of new rows and those of an earlier page that are not among them.
 *
 * @param names the clients that there are, in the order of the table; rows of others are dropped
 * @param page as it was written before; empty for none
 */
export function tableOf(rows: readonly Row[], names: readonly string[], page = ''): string {
  const lines = new Map(
    [...page.matchAll(/^\| ([\w.-]+) \| [^|]* \| (tags|workspaces) \|.*$/gm)].map(
      ([line, client, strategy]) => [`${client} ${strategy}`, line],
    ),
  );
  for (const row of rows) lines.set(`${row.client} ${row.strategy}`, lineOf(row));
  const inOrder = names.flatMap((name) => [lines.get(`${name} workspaces`), lines.get(`${name} tags`)]);
  return [
    '| client | version | strategy | calls | equal | differences |',
    '|---|---|---|---|---|---|',
    ...inOrder.filter((line) => line !== undefined),
  ].join('\n');
}

function differencesOf(differences: readonly WireDifference[]): string {
  const said = new Map<string, number>();
  for (const found of byCall(differences)) {
    const reason = reasonOf(found);
    const line = clean(`${found[0]!.call}: ${reason === undefined ? whatOf(found) : `**${reason.name}**`}`);
    said.set(line, (said.get(line) ?? 0) + 1);
  }
  return (
    [...said].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`)).join('<br>') || 'none'
  );
}

/** How many calls are different without a reason. */
export function unexplained(differences: readonly WireDifference[]): number {
  return byCall(differences).filter((found) => reasonOf(found) === undefined).length;
}

function whatOf(found: readonly WireDifference[]): string {
  const status = found.find(({ path }) => path === 'status');
  const message = found.find(({ path }) => path === 'answer.message' || path === 'answer');
  if (status !== undefined)
    return `${short(status.straight)} | ${short(status.gateway)} ${short(wordsOf(message?.gateway))}`;
  return found
    .map(({ path, straight, gateway }) => `${path} ${short(straight)} | ${short(gateway)}`)
    .join(', ');
}

function wordsOf(answer: unknown): unknown {
  return (answer as { message?: string } | undefined)?.message ?? answer;
}

function byCall(differences: readonly WireDifference[]): readonly WireDifference[][] {
  const calls = new Map<number, WireDifference[]>();
  for (const difference of differences) {
    const found = calls.get(difference.at) ?? [];
    calls.set(difference.at, found);
    found.push(difference);
  }
  return [...calls.values()];
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, MOST_NAMED);
}

/** A cell has one line, and no bar of its own. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '¦').replaceAll('<', '&lt;');
}
