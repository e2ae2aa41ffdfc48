import { join } from 'node:path';
import { type DemoIdp, startDemoIdp } from '../../../dev/demo-idp.ts';
import { type GatewayProcess, startGateway } from '../../../dev/gateway-process.ts';
import { type MlflowServer, startMlflow } from '../../../dev/mlflow-server.ts';
import { startRecorder } from '../wire/recorder.ts';
import { sameCalls, type WireSide, type WireVerdict } from '../wire/same-calls.ts';
import { isOwnTag } from './meant.ts';
import type { Program } from './program.ts';

const TENANT = 'team-day';

export type Strategy = 'workspaces' | 'tags';

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
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.splice(0).reverse()) await one.stop();
  };
  const server = async (name: string): Promise<MlflowServer> => {
    const mlflow = await startMlflow({ dir: join(dir, name), listen: { port: 0 }, workspaces });
    started.push(mlflow);
    if (workspaces) await mlflow.fetch('/api/3.0/mlflow/workspaces', { json: { name: TENANT } });
    return mlflow;
  };
  try {
    const alone = await server('alone');
    const behind = await server('behind');
    const idp: DemoIdp = await startDemoIdp();
    started.push(idp);
    const gateway: GatewayProcess = await startGateway({
      dir,
      env: {
        GW_TARGET_BASE_URL: behind.address,
        GW_AUTH_MODE: 'oidc',
        GW_OIDC_ISSUER: idp.issuer,
        GW_OIDC_AUDIENCE: idp.audience,
      },
    });
    started.push(gateway);
    const token = async (): Promise<string> =>
      `Bearer ${await idp.token({ sub: 'day', tenant_id: TENANT, roles: ['admin'] })}`;
    const compare = async (program: Program): Promise<WireVerdict> => {
      const work = join(dir, program.name);
      const straight = await recorded(program, alone.address, join(work, 'straight'), {
        workspace: workspaces ? TENANT : undefined,
      });
      const through = await recorded(program, gateway.address, join(work, 'gateway'), {
        authorization: await token(),
      });
      return sameCalls(straight, through, isOwnTag);
    };
    return { compare, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Added {
  readonly authorization?: string;
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
