import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Strategy } from '../differences.ts';
import { startPair } from './compare-program.ts';
import { OTHER_PROGRAMS } from './programs.ts';
import { type Row, tableOf } from './table.ts';

/**
 * `node e2e/clients/other/main.ts --client NAME`: clients in Java, Go and JavaScript straight at MLflow and through the gateway, call
 * by call. Without `--client` all of them. `--write` makes docs/clients-other.md of the result.
 */
const { values } = parseArgs({
  options: {
    client: { type: 'string', multiple: true },
    strategy: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
  },
});
const names = OTHER_PROGRAMS.map(({ name }) => name);
const unknown = (values.client ?? []).filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no client ${unknown.join(', ')}; there are ${names.join(', ')}`);
const chosen = OTHER_PROGRAMS.filter(({ name }) => values.client?.includes(name) ?? true);
const strategies: readonly Strategy[] = (['workspaces', 'tags'] as const).filter(
  (strategy) => values.strategy?.includes(strategy) ?? true,
);
const dir = mkdtempSync(join(tmpdir(), 'other-'));
const rows: Row[] = [];
try {
  for (const strategy of strategies) {
    const pair = await startPair(strategy, join(dir, strategy));
    try {
      for (const program of chosen) {
        const { name: client, version } = program;
        const verdict = await pair.compare(program).catch((error: Error) => ({
          failed: error.message.split('\n').slice(1).join(' ').slice(0, 300) || error.message,
        }));
        rows.push({ client, version, strategy, verdict });
        process.stderr.write(
          `${strategy} ${client}: ${'failed' in verdict ? verdict.failed : `${verdict.equal} of ${verdict.calls}`}\n`,
        );
      }
    } finally {
      await pair.stop();
    }
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
const table = tableOf(rows.toSorted((a, b) => names.indexOf(a.client) - names.indexOf(b.client)));
console.log(table);
if (values.write) {
  const page = fileURLToPath(new URL('../../../docs/clients-other.md', import.meta.url));
  writeFileSync(
    page,
    `# Clients in Java, Go and JavaScript\n\nWritten by \`node e2e/clients/other/main.ts --write\` (MLflow 3.17.2). Each client does a day's work straight at MLflow and\nthrough the gateway; its requests and their answers are compared one by one, with placeholders for ids and times. In a\ndifference, what MLflow said is left of the bar. The tenant's own tag under \`tags\` is not counted as one.\n\nJava 17, Maven, npm and Go have to be there; each client is fetched from its registry into the cache. Where a registry does not\nserve the Go SDK, \`GOWORK\` names a workspace file that uses a checkout of it. \`CLIENTS_VERBOSE=1\` shows what each client said.\n\n${table}\n`,
  );
}
