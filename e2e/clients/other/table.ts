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
  for (const [call, found] of byCall(differences)) {
    const status = found.find(({ path }) => path === 'status');
    const message = found.find(({ path }) => path === 'answer.message');
    const what =
      status === undefined
        ? found
            .map(({ path, straight, gateway }) => `${path} ${short(straight)} | ${short(gateway)}`)
            .join(', ')
        : `${short(status.straight)} | ${short(status.gateway)} ${short(message?.gateway)}`;
    const line = clean(`${call}: ${what}`);
    said.set(line, (said.get(line) ?? 0) + 1);
  }
  return (
    [...said].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`)).join('<br>') || 'none'
  );
}

function byCall(differences: readonly WireDifference[]): Map<string, WireDifference[]> {
  const calls = new Map<string, WireDifference[]>();
  for (const difference of differences) {
    const found = calls.get(difference.call) ?? [];
    calls.set(difference.call, [...found, difference]);
  }
  return calls;
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, MOST_NAMED);
}

/** A cell has one line, and no bar of its own. */
function clean(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '¦').replaceAll('<', '&lt;');
}
