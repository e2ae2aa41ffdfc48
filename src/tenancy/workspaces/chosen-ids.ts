import { textAt, valueAt } from '../../catalog/json-path.ts';
import type { Turns } from '../../concurrency/turns.ts';
import { DenialError } from '../../denial.ts';
import { LIMITS } from '../../limits.ts';
import { callOperation, lookupFailed, writeCall } from '../../mlflow/call.ts';
import type { MlflowVersion } from '../../mlflow/version.ts';
import { printable } from '../../request/printable.ts';
import { parseResponse } from '../../upstream/response-json.ts';
import type { Upstream } from '../../upstream/types.ts';
import { askEach } from '../ask-each.ts';
import type { Kinds } from '../kinds.ts';
import type { Reference } from '../reference.ts';
import type { WorkspaceLookup } from './workspace-lookup.ts';

/**
 * Ids that callers choose, on an MLflow that lets a caller take over the resource of another workspace by its id
 * (`takenOverBefore` of the kind). There the gateway asks every other workspace for the id first: one request for each, and one
 * for their list. A newer MLflow is asked nothing.
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

  /**
   * @param ids of one request, each once
   * @throws DenialError `resource_not_found` for an id that another workspace has; `invalid_field` for more ids than the
   *   other workspaces can be asked for; `upstream_invalid`
   */
  async requireFree(workspace: string, ids: readonly Reference[]): Promise<void> {
    const open = ids.filter(({ kind }) => {
      const before = this.#kinds.get(kind)?.takenOverBefore;
      return before !== undefined && this.#version.isBefore(before);
    });
    if (open.length === 0) return;
    const others = (await this.#list(workspace)).filter((name) => name !== workspace);
    // Each id is a question to each of them. A single id is always allowed, or nothing could be created.
    const most = Math.max(1, Math.floor(LIMITS.lookupsPerRequest.value / others.length));
    if (open.length > most)
      throw new DenialError(
        'invalid_field',
        `A request may create at most ${most} resources with ids of your choice on this MLflow. Send several requests.`,
      );
    await askEach(
      open.flatMap((chosen) => others.map((other) => ({ ...chosen, other }))),
      async ({ other, kind, id, at }) => {
        if ((await this.#lookup.find(other, kind, id, workspace)) === undefined) return;
        throw new DenialError(
          'resource_not_found',
          `No ${kind} ${JSON.stringify(printable(id))} can be created (${printable(at)}).`,
        );
      },
    );
  }

  async #list(workspace: string): Promise<readonly string[]> {
    const operation = callOperation('listWorkspaces');
    const answer = await this.#turns.run(workspace, () => this.#upstream.ask(writeCall(operation, {}, {})));
    if (answer.status !== 200) throw lookupFailed(answer.status);
    const plan = operation.workspaces;
    if (plan.rule !== 'own-workspace' || plan.responseFilter === undefined)
      throw new Error(`${operation.id} does not list workspaces`);
    const { items, key } = plan.responseFilter;
    const list = valueAt(parseResponse(answer.body), items);
    if (!Array.isArray(list)) throw lookupFailed(answer.status);
    return list.map((item: unknown) => {
      const name = textAt(item, key);
      // A workspace without a name could not be asked.
      if (name === undefined) throw lookupFailed(answer.status);
      return name;
    });
  }
}
