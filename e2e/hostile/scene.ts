import { tmpdir } from 'node:os';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import {
  hostileFilters,
  hostileResourcePaths,
  hostileServerPaths,
  hostileUris,
} from '../conformance/cases/hostile-values.ts';
import { ordinaryDraft } from '../conformance/examples/index.ts';
import { Bench } from '../conformance/suite-context.ts';
import type { Draft } from '../harness/requests/draft.ts';
import { isServed } from '../harness/requests/served-operations.ts';
import { makeWorkspaces } from '../harness/stack.ts';
import type { StrategyUnderTest } from '../harness/strategies/workspaces.ts';
import { HERE } from '../harness/world/world.ts';
import { type Deployment, deploy } from './deployed.ts';
import type { Material } from './generate/next.ts';
import type { TeamOptions } from './teams/work.ts';

/** A gateway as deployed before a real MLflow, with a team to attack from, a team to spy on and two teams at work. */
export interface Scene {
  readonly bench: Bench;
  readonly deployment: Deployment;
  readonly material: Material;
  readonly teams: readonly TeamOptions[];
  stop(): Promise<void>;
}

const WORKERS = 2;
const AT_WORK = ['team-c', 'team-d'];

/** Prepares a strategy's scene: about a minute. */
export async function setScene(strategy: StrategyUnderTest): Promise<Scene> {
  const deployment = deploy(tmpdir());
  // As MLflow is run: with several workers. One tenant does not keep all of them busy.
  const mlflow = { ...strategy.stack.mlflow, workers: WORKERS };
  const env = { ...strategy.stack.env, GW_TENANT_REQUESTS_AT_ONCE: String(WORKERS) };
  const bench = new Bench({
    ...strategy,
    stack: { ...strategy.stack, command: deployment.command, mlflow, env },
  });
  try {
    await bench.prepare();
    const { stack } = bench.world;
    if (strategy.stack.workspaces !== false) await makeWorkspaces(stack.direct(), AT_WORK);
    const bearer = async (claims: object, options = {}): Promise<string> =>
      stack.idp.token({ sub: 'somebody', tenant_id: HERE, roles: ['contributor'], ...claims }, options);
    // Most are viewers, whose writes are refused: what MLflow takes keeps it busy.
    const good = ['viewer', 'viewer', 'viewer', 'contributor', 'admin'].map((role) =>
      bearer({ sub: `mallory-${role}`, roles: [role] }),
    );
    const bad = [
      bearer({}, { expiresIn: -60 }),
      bearer({}, { header: { kid: 'nobody' } }),
      bearer({ tenant_id: ['team-a', 'team-b'] }),
      bearer({ tenant_id: '../team-b' }),
      bearer({ aud: 'another' }),
      bearer({ roles: [] }),
    ];
    const teams = AT_WORK.map(async (name) => ({
      name,
      port: stack.gateway.port,
      authorization: `Bearer ${await bearer({ sub: name, tenant_id: name })}`,
    }));
    return {
      bench,
      deployment,
      teams: await Promise.all(teams),
      material: {
        drafts: await drafts(bench),
        targets: await targets(bench),
        tokens: {
          good: await Promise.all(good),
          bad: (await Promise.all(bad)).map((token) => `Bearer ${token}`),
        },
      },
      stop: async () => {
        await bench.stop();
        deployment.remove();
      },
    };
  } catch (error) {
    await bench.stop().catch(() => {});
    deployment.remove();
    throw error;
  }
}

async function drafts(bench: Bench): Promise<readonly Draft[]> {
  const out: Draft[] = [];
  for (const operation of OPERATIONS.filter(isServed))
    out.push(await ordinaryDraft(operation, bench.familyFor(operation)));
  return out;
}

async function targets({ world: { here, there } }: Bench): Promise<Material['targets']> {
  return {
    foreign: await there.all(),
    own: await here.all(),
    filters: await hostileFilters(there),
    paths: [...(await hostileServerPaths(there)), ...(await hostileResourcePaths(there))],
    uris: await hostileUris(here, there),
  };
}
