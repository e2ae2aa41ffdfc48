import type { Turns } from '../../concurrency/turns.ts';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { callOperation, lookupFailed, writeCall } from '../../mlflow/call.ts';
import type { MlflowVersion } from '../../mlflow/version.ts';
import { printable } from '../../request/printable.ts';
import type { Upstream } from '../../upstream/types.ts';
import { askEach } from '../ask-each.ts';
import type { Kinds } from '../kinds.ts';
import type { WorkspaceLookup } from './workspace-lookup.ts';

/** An id of the caller's choice, with the place it stood at. */
export interface ChosenId {
  readonly kind: string;
  readonly id: string;
  readonly at: string;
}

/**
 * Ids that callers choose, on an MLflow that lets whoever names another workspace's have it (`takenOverBefore` of the
 * kind). There the gateway asks every other workspace for the id first: a request for each of them, and one for their
 * list. A newer MLflow is asked nothing.
 */
export class ChosenIds {
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;
  readonly #lookup: WorkspaceLookup;
  readonly #version: MlflowVersion;
  readonly #turns: Turns;

  constructor(
    upstream: Upstream,
    kinds: Kinds,
    lookup: WorkspaceLookup,
    version: MlflowVersion,
    turns: Turns,
  ) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#lookup = lookup;
    this.#version = version;
    this.#turns = turns;
  }

  /** Whether a kind is one that some MLflow lets be taken over. */
  concerns(kind: string): boolean {
    return this.#kinds.get(kind)?.takenOverBefore !== undefined;
  }

  /**
   * @param ids of one request, each once
   * @throws DenialError `resource_not_found` for an id that another workspace has; `invalid_field` for more ids than the
   *   other workspaces can be asked for; `upstream_invalid`
   */
  async requireFree(workspace: string, ids: readonly ChosenId[]): Promise<void> {
    const open = ids.filter(({ kind }) => this.#version.isBefore(this.#kinds.get(kind)!.takenOverBefore!));
    if (open.length === 0) return;
    const others = (await this.#list(workspace)).filter((name) => name !== workspace);
    // Each id is a question to each of them. A single one is always asked for: else nothing could be made.
    const most = Math.max(1, Math.floor(LIMITS.lookupsPerRequest.value / others.length));
    if (open.length > most)
      throw new DenialError(
        'invalid_field',
        `A request may make at most ${most} resources under ids of your choice on this MLflow. Send it in parts.`,
      );
    await askEach(
      open.flatMap((chosen) => others.map((other) => ({ ...chosen, other }))),
      async ({ other, kind, id, at }) => {
        if ((await this.#lookup.find(other, kind, id, workspace)) === undefined) return;
        throw new DenialError(
          'resource_not_found',
          `No ${kind} ${JSON.stringify(printable(id))} can be made (${printable(at)}).`,
        );
      },
    );
  }

  async #list(workspace: string): Promise<readonly string[]> {
    const operation = callOperation('listWorkspaces');
    const answer = await this.#turns.run(workspace, () => this.#upstream.ask(writeCall(operation, {}, {})));
    if (answer.status !== 200) throw lookupFailed(answer.status);
    const { items, key } = operation.responseFilter!;
    const list = (JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>)[items];
    if (!Array.isArray(list)) throw lookupFailed(answer.status);
    return list.map((item: Record<string, string>) => item[key]!);
  }
}
