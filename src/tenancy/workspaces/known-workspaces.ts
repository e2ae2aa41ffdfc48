import { BoundedCache } from '../../bounded-cache.ts';
import type { Turns } from '../../concurrency/turns.ts';
import { DenialError } from '../../denial.ts';
import { WORKSPACE_HEADER } from '../../http/workspace-header.ts';
import { LIMITS } from '../../limits.ts';
import { callOperation, writeCall } from '../../mlflow/call.ts';
import type { Upstream } from '../../upstream/types.ts';

const CACHE_SIZE = LIMITS.rememberedWorkspaces.value;
const CACHE_TTL_MS = 60_000;

/** Knows which workspaces MLflow has, and creates missing ones if `GW_WORKSPACE_AUTOCREATE` allows it. */
export class KnownWorkspaces {
  readonly #known = new BoundedCache<true>(CACHE_SIZE, CACHE_TTL_MS);
  readonly #pending = new Map<string, Promise<void>>();
  readonly #upstream: Upstream;
  readonly #autocreate: boolean;
  readonly #turns: Turns;

  constructor(upstream: Upstream, autocreate: boolean, turns: Turns) {
    this.#upstream = upstream;
    this.#autocreate = autocreate;
    this.#turns = turns;
  }

  /** Whether the gateway knows, without asking MLflow, that the workspace exists. */
  has(workspace: string): boolean {
    return this.#known.get(workspace) === true;
  }

  /** Asks MLflow for the workspace. Requests that ask at the same time share one question. @throws DenialError `workspace_missing` */
  require(workspace: string): Promise<void> {
    const pending = this.#pending.get(workspace);
    if (pending) return pending;
    const started = this.#ask(workspace).finally(() => this.#pending.delete(workspace));
    this.#pending.set(workspace, started);
    return started;
  }

  forget(workspace: string): void {
    this.#known.delete(workspace);
  }

  async #ask(workspace: string): Promise<void> {
    const read = callOperation('getWorkspace');
    const headers = { [WORKSPACE_HEADER]: workspace };
    const answer = await this.#turns.run(workspace, () =>
      this.#upstream.ask(writeCall(read, { [read.path[0]!.name]: workspace }, headers)),
    );
    if (answer.status === 404) await this.#create(workspace);
    else if (answer.status !== 200) {
      throw new DenialError(
        'upstream_invalid',
        `MLflow answered ${answer.status} when asked for the workspace.`,
      );
    }
    this.#known.set(workspace, true);
  }

  async #create(workspace: string): Promise<void> {
    if (!this.#autocreate) {
      throw new DenialError(
        'workspace_missing',
        `MLflow has no workspace ${workspace} for your tenant; a platform admin can create it (or set GW_WORKSPACE_AUTOCREATE=true).`,
      );
    }
    const create = callOperation('createWorkspace');
    const answer = await this.#turns.run(workspace, () =>
      this.#upstream.ask(writeCall(create, { [create.bodyFields[0]!.name]: workspace }, {})),
    );
    // Another replica may have been first.
    const exists =
      answer.status === 409 || (answer.status === 400 && answer.body.includes('RESOURCE_ALREADY_EXISTS'));
    if (answer.status >= 300 && !exists) {
      throw new DenialError(
        'upstream_invalid',
        `MLflow answered ${answer.status} when asked to create the workspace.`,
      );
    }
  }
}
