import { join } from 'node:path';
import type { Fetch } from '../../../dev/http.ts';
import { freePort } from '../../../dev/ports.ts';
import { type Send, sendBy } from '../../harness/requests/operations.ts';
import { type Stack, startStack } from '../../harness/stack.ts';
import { MlflowStore } from './mlflow-store.ts';
import { type Relay, startRelay } from './relay.ts';

/** The attacker, the victim and a third tenant. */
export const MINE = 'team-a';
export const THEIRS = 'team-b';
export const THIRD = 'team-c';

/** The servers of the tests in this folder: a gateway, a relay behind it, and an MLflow without workspaces behind the relay. */
export interface Scene {
  readonly stack: Stack;
  readonly relay: Relay;
  /** The attacker, through the gateway: a stranger to the owner. */
  readonly attacker: Fetch;
  /** An attacker who is a member of both tenants, and works in the attacker's. */
  readonly member: Fetch;
  /** The owner, through the gateway. */
  readonly owner: Fetch;
  /** Straight at MLflow. */
  readonly direct: Fetch;
  /** Operations of the catalog, straight at MLflow. */
  readonly send: Send;
  readonly store: MlflowStore;
  /** The directory of MLflow's data. */
  readonly dir: string;
  stop(): Promise<void>;
}

export async function openScene(version?: string): Promise<Scene> {
  const port = await freePort();
  const relay = await startRelay(port);
  const stack = await startStack({
    auth: 'oidc',
    workspaces: false,
    severalTenants: true,
    mlflow: { listen: { port }, ...(version === undefined ? {} : { version }) },
    env: {
      GW_TARGET_BASE_URL: relay.address,
      GW_TENANT_ARTIFACT_ROOT: 'mlflow-artifacts:/tenants/{tenant}',
      // Otherwise the gateway refuses multipart uploads whatever their path.
      GW_PRESIGNED_MAX_SECONDS: '3600',
    },
  }).catch(async (error: unknown) => {
    await relay.stop();
    throw error;
  });
  return {
    stack,
    relay,
    attacker: stack.as(MINE, 'admin'),
    member: stack.asMemberOf([MINE, THEIRS], MINE),
    owner: stack.as(THEIRS, 'admin'),
    direct: stack.direct(),
    send: sendBy(stack.direct(), stack.mlflow.version),
    store: new MlflowStore(join(stack.dir, 'mlflow')),
    dir: join(stack.dir, 'mlflow'),
    async stop() {
      await stack.stop();
      await relay.stop();
    },
  };
}
