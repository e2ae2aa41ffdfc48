import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuditLog } from './audit-log.ts';
import { ENTRY } from './testing.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gateway-audit-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const ids = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { request_id: string }).request_id);

test('SIGHUP reopens the file', async () => {
  const file = join(directory, 'audit.jsonl');
  const reports: string[] = [];
  const before = process.listenerCount('SIGHUP');
  const audit = createAuditLog({ file, report: (problem) => reports.push(problem) });
  audit.write({ ...ENTRY, request_id: 'one' });
  await expect.poll(() => ids(file)).toEqual(['one']);

  renameSync(file, `${file}.1`);
  process.kill(process.pid, 'SIGHUP');
  await expect.poll(() => statSync(file).size).toBe(0);
  audit.write({ ...ENTRY, request_id: 'two' });
  await audit.close();

  expect(ids(`${file}.1`)).toEqual(['one']);
  expect(ids(file)).toEqual(['two']);
  expect(reports).toEqual([]);
  expect(process.listenerCount('SIGHUP')).toBe(before);
});

test('an entry that cannot be formatted is reported and throws no error', async () => {
  const reports: string[] = [];
  const audit = createAuditLog({
    file: join(directory, 'audit.jsonl'),
    report: (problem) => reports.push(problem),
  });
  audit.write({ ...ENTRY, request_id: 'broken', status_code: Number.NaN });
  audit.write(ENTRY);
  expect(audit.stats()).toMatchObject({ written: 1, lost: 1 });
  expect(reports).toEqual([expect.stringContaining('request broken')]);
  await audit.close();
});
