import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyDatabase } from '../../dev/mlflow-database.ts';
import { mlflowEnv } from '../../dev/mlflow-env.ts';
import { mapConcurrently } from '../../src/concurrency/map-concurrently.ts';
import type { Proof } from './run/inside.ts';
import type { Plan } from './run/plan.ts';
import { runPod } from './run/run-pod.ts';

type Kept = Record<string, Proof>;

/** Runs plans, each once. */
export interface Proofs {
  /** The result of a plan; run it first. */
  of(plan: Plan): Proof | undefined;
  /** Runs those that have not been run. */
  run(plans: readonly Plan[], report: (done: number, all: number, proof: Proof) => void): Promise<void>;
}

/**
 * @param work A folder for the database that pods begin with.
 * @param file The file of results, with which an interrupted run continues.
 */
export function openProofs(work: string, file: string, jobs: number): Proofs {
  const kept: Kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : {};
  return {
    of: (plan) => kept[keyOf(plan)],
    run: async (plans, report) => {
      const missing = new Map(plans.map((plan) => [keyOf(plan), plan]));
      for (const key of Object.keys(kept)) missing.delete(key);
      let done = 0;
      await mapConcurrently([...missing], jobs, async ([key, plan]) => {
        const env = await mlflowEnv(plan.version);
        const database = join(work, `empty-${env.version}.db`);
        await emptyDatabase(env, database);
        const proof = await runPod(plan, database);
        kept[key] = proof;
        writeFileSync(file, JSON.stringify(kept, undefined, 1));
        report(++done, missing.size, proof);
      });
    },
  };
}

const keyOf = (plan: Plan): string =>
  createHash('sha256').update(JSON.stringify(plan)).digest('hex').slice(0, 16);
