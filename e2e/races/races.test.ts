import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isBefore, mlflowVersion } from '../harness/mlflow-version.ts';
import { SUBJECTS, type Subject } from './round.ts';
import { runRaces, type Totals } from './run.ts';

/** The short form of `npm run test:races` (docs/races.md). */

const version = mlflowVersion();
const FIRST_VERSIONS: Partial<Record<Subject, string>> = { 'mcp-server': '3.17', skill: '3.18' };
const subjects = SUBJECTS.filter((subject) => !isBefore(version, FIRST_VERSIONS[subject] ?? '0'));

test.each([2, 1])(
  'no name carries data to another team in 20 rounds through %i gateways',
  async (gateways) => {
    const dir = mkdtempSync(join(tmpdir(), 'races-'));
    try {
      const { bySubject } = await runRaces({
        dir,
        rounds: 20,
        seed: 7,
        gateways,
        declared: gateways,
        subjects,
        version,
      });
      const all = Object.values(bySubject);
      const found = (what: (totals: Totals) => readonly string[]) => all.flatMap(what);
      expect(found(({ leaks }) => leaks)).toEqual([]);
      expect(found(({ wrongWrites }) => wrongWrites)).toEqual([]);
      expect(found(({ wrongOwners }) => wrongOwners)).toEqual([]);
      expect(found(({ defects }) => defects)).toEqual([]);
      // Something went on.
      for (const { done } of all) expect(done).toBeGreaterThan(0);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
