import { mkdirSync } from 'node:fs';
import { startDemoIdp } from '../dev/demo-idp.ts';
import { startFullGateway, startStub } from './contender.ts';
import { measureRounds, type Row } from './rounds.ts';
import type { BenchOptions } from './stub-bench.ts';
import { FIRST, requireEnforcement, stubScenarios } from './tags-bench.ts';

export const OTHER = 'other';
export const THIS = 'this';

/** The rows of each tenancy strategy. */
export type AgainstResult = Readonly<Record<'workspaces' | 'tags', readonly Row[]>>;

/**
 * Measures this version of the gateway next to another one, in front of the stub, under each tenancy strategy. Warm, the
 * resource is in the gateway's cache; cold, every request names a new one.
 *
 * @param checkout the folder of the other version, with its packages installed
 * @example
 * await benchAgainst({ dir, rounds: 5, seconds: 0.7, progress }, '/tmp/mlflow-gateway-0.1.0');
 */
export async function benchAgainst(options: BenchOptions, checkout: string): Promise<AgainstResult> {
  const { dir, rounds, seconds, progress } = options;
  mkdirSync(dir, { recursive: true });
  const idp = await startDemoIdp();
  try {
    const token = await idp.token('alice-contributor');
    const stub = await startStub(dir);
    const measure = async (strategy: 'workspaces' | 'tags'): Promise<Row[]> => {
      const env = { GW_TENANCY: strategy };
      const other = await startFullGateway(`${strategy}-${OTHER}`, stub.unix, dir, idp, env, checkout);
      const own = await startFullGateway(`${strategy}-${THIS}`, stub.unix, dir, idp, env);
      await requireEnforcement([other, own], FIRST);
      return measureRounds({
        contenders: [
          { ...other, name: OTHER },
          { ...own, name: THIS },
        ],
        scenarios: stubScenarios(token),
        rounds,
        seconds,
        progress: (line) => progress(`${strategy}: ${line}`),
      });
    };
    return { workspaces: await measure('workspaces'), tags: await measure('tags') };
  } finally {
    await idp.stop();
  }
}
