import { join } from 'node:path';
import { startMlflow } from '../../../dev/mlflow-server.ts';
import { makeWorkspaces, type Stack, startStack } from '../../harness/stack.ts';
import type { Strategy } from '../differences.ts';
import { startRecorder } from '../wire/recorder.ts';
import { sameCalls, type WireSide, type WireVerdict } from '../wire/same-calls.ts';
import type { Program } from './program.ts';

const TENANT = 'team-day';
/** The order of a set, which some of MLflow's messages show. */
const SEEDED = { PYTHONHASHSEED: '0' };

/** An MLflow alone, and a gateway before another one. */
export interface Pair {
  compare(program: Program): Promise<WireVerdict>;
  stop(): Promise<void>;
}

/**
 * Starts what a comparison needs: two real MLflows and a gateway with a demo provider before one of them.
 *
 * @throws {Error} when one of them does not start; what had started is stopped
 * @example
 * const pair = await startPair('tags', '/tmp/pair');
 * (await pair.compare(program)).differences;
 */
export async function startPair(strategy: Strategy, dir: string): Promise<Pair> {
  const workspaces = strategy === 'workspaces';
  const alone = await startMlflow({ dir: join(dir, 'alone'), listen: { port: 0 }, env: SEEDED, workspaces });
  let stack: Stack | undefined;
  const stop = async (): Promise<void> => {
    await stack?.stop();
    await alone.stop();
  };
  try {
    if (workspaces) await makeWorkspaces(alone.fetch, [TENANT]);
    const mlflow = { listen: { port: 0 }, env: SEEDED };
    stack = await startStack({ auth: 'oidc', tenants: [TENANT], workspaces, mlflow });
    const { gateway, headersFor } = stack;
    const compare = async (program: Program): Promise<WireVerdict> => {
      const work = join(dir, program.name);
      const straight = await recorded(program, alone.address, join(work, '1'), {
        workspace: workspaces ? TENANT : undefined,
      });
      const { authorization } = await headersFor(TENANT, 'admin');
      const through = await recorded(program, gateway.address, join(work, '2'), { authorization });
      return sameCalls(straight, through);
    };
    return { compare, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Added {
  readonly authorization?: string | undefined;
  readonly workspace?: string | undefined;
}

async function recorded(program: Program, target: string, WORK: string, added: Added): Promise<WireSide> {
  const recorder = await startRecorder(target, added.authorization, added.workspace);
  try {
    await program.run({ MLFLOW_TRACKING_URI: recorder.address, WORK });
    return { calls: recorder.calls(), server: recorder.address };
  } finally {
    await recorder.stop();
  }
}
