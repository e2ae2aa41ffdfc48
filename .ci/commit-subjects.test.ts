import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subjectProblems, subjectsSince } from './commit-subjects.ts';

const dir = mkdtempSync(join(tmpdir(), 'subjects-'));
const full = join(dir, 'full');
const shallow = join(dir, 'shallow');

function git(at: string, args: readonly string[], date = ''): void {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  execFileSync('git', ['-C', at, ...who, ...args], {
    stdio: 'ignore',
    env: { ...process.env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
  });
}

const commit = (subject: string, date: string): void =>
  git(full, ['commit', '--allow-empty', '-m', subject, '-m', 'The reason.'], date);

beforeAll(() => {
  git(dir, ['init', '-b', 'main', full]);
  commit('Before the check.', '2026-01-01T00:00:00Z');
  commit('docs: say why', '2026-01-03T00:00:00Z');
  git(full, ['checkout', '-b', 'side', 'HEAD~1']);
  commit('On a side branch', '2026-01-04T00:00:00Z');
  git(full, ['checkout', 'main']);
  git(full, ['merge', 'side'], '2026-01-05T00:00:00Z');
  git(dir, ['clone', '--depth', '1', `file://${full}`, shallow]);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('subjects with an area of at most 72 characters are accepted', () => {
  expect(subjectProblems('catalog: treat an operation as served if any mount is')).toEqual([]);
  expect(subjectProblems('.ci, e2e/harness: start MLflow once')).toEqual([]);
  expect(subjectProblems(`docs: ${'x'.repeat(66)}`)).toEqual([]);
});

test('all problems of a subject are listed', () => {
  expect(subjectProblems('Fixes a bug.')).toEqual([
    'has no area, as in "catalog: treat ..."',
    'ends with a full stop',
  ]);
  expect(subjectProblems(`docs: ${'x'.repeat(67)}`)).toEqual(['has 73 characters, more than 72']);
  expect(subjectProblems('Docs: say why')).toHaveLength(1);
});

test('the commits since a time are read, on all merged branches and without merges', () => {
  expect(subjectsSince('2026-01-02T00:00:00Z', full)).toEqual(['On a side branch', 'docs: say why']);
});

test('a shallow clone and a folder without git have no problem', () => {
  expect(subjectsSince('2026-01-02T00:00:00Z', shallow)).toEqual([]);
  expect(subjectsSince('2026-01-02T00:00:00Z', dir)).toEqual([]);
});
