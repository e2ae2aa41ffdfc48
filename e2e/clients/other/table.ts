import type { WireDifference, WireVerdict } from '../wire/same-calls.ts';

/** How a client did under one strategy. */
export interface Row {
  readonly client: string;
  readonly version: string;
  readonly strategy: string;
  /** Or why there is none. */
  readonly verdict: WireVerdict | { readonly failed: string };
}

const MOST_NAMED = 240;

/** The rows as a table of Markdown: client, version, strategy, calls, equal, differences with what the gateway said. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ client, version, strategy, verdict }) => {
    const cells =
      'failed' in verdict
        ? ['', '', `not run: ${clean(verdict.failed)}`]
        : [`${verdict.calls}`, `${verdict.equal}`, differencesOf(verdict.differences)];
    return `| ${[client, version, strategy, ...cells].join(' | ')} |`;
  });
  return [
    '| client | version | strategy | calls | equal | differences |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function differencesOf(differences: readonly WireDifference[]): string {
  const said = new Map<string, number>();
  for (const found of byCall(differences)) {
    const line = clean(`${found[0]!.call}: ${whatOf(found)}`);
    said.set(line, (said.get(line) ?? 0) + 1);
  }
  return (
    [...said].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`)).join('<br>') || 'none'
  );
}

function whatOf(found: readonly WireDifference[]): string {
  const status = found.find(({ path }) => path === 'status');
  const message = found.find(({ path }) => path === 'answer.message' || path === 'answer');
  if (status !== undefined)
    return `${short(status.straight)} | ${short(status.gateway)} ${short(wordsOf(message?.gateway))}`;
  if (found.every(({ path }) => OF_AN_ERROR.has(path)))
    return `the same status and error_code, other words: ${short(message?.straight)} | ${short(message?.gateway)}`;
  return found
    .map(({ path, straight, gateway }) => `${path} ${short(straight)} | ${short(gateway)}`)
    .join(', ');
}

/** Beside the message, what MLflow 3.17 and the gateway each add to an error. */
const OF_AN_ERROR: ReadonlySet<string> = new Set([
  'answer.message',
  'answer.sqlstate',
  'answer.error_class',
  'answer.request_id',
  'answer.reason',
]);

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
