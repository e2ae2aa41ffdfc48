import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RECORDED } from './recorded.ts';

/** Longer requests are left out: the generator makes its own. */
const MOST_CHARACTERS = 8_000;
/** Tests that send requests on purpose. The byte fuzz is left out: the generator has one. */
const FOLDERS = [
  'advisories',
  'http',
  'tenancy',
  'graphql',
  'sign-in',
  'identity',
  'jobs',
  'otlp',
  'gateway.test.ts',
];

/**
 * Records every request that the unit tests send to a gateway, so that the hostile suite sends them to a deployed one:
 *
 *     node e2e/hostile/corpus/record.ts
 */
const dir = mkdtempSync(join(tmpdir(), 'record-'));
const file = join(dir, 'requests.jsonl');
const run = spawnSync(
  'npx',
  ['vitest', 'run', '--project', 'unit', ...FOLDERS.map((name) => `src/${name}`)],
  {
    env: { ...process.env, RECORD_REQUESTS: file },
    stdio: 'inherit',
  },
);
if (run.status === 0) {
  const lines = new Set(readFileSync(file, 'utf8').split('\n'));
  const kept = [...lines].filter(({ length }) => length > 0 && length < MOST_CHARACTERS).sort();
  writeFileSync(RECORDED, `${kept.join('\n')}\n`);
  console.error(`${kept.length} requests in ${RECORDED}`);
}
rmSync(dir, { recursive: true });
process.exitCode = run.status ?? 1;
