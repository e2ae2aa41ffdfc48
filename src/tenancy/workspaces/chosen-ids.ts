import { DenialError } from '../../http/denial.ts';
import { printable } from '../../http/fields.ts';
import type { Upstream } from '../../upstream/types.ts';
import { callOperation, lookupFailed, writeCall } from '../call.ts';
import type { Kinds } from '../kinds.ts';
import type { MlflowVersion } from '../mlflow-version.ts';
import type { WorkspaceLookup } from './lookup.ts';

const AT_ONCE = 8;

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

  constructor(upstream: Upstream, kinds: Kinds, lookup: WorkspaceLookup, version: MlflowVersion) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#lookup = lookup;
    this.#version = version;
  }

  /** Whether a kind is one that some MLflow lets be taken over. */
  concerns(kind: string): boolean {
    return this.#kinds.get(kind)?.takenOverBefore !== undefined;
  }

  /** @throws DenialError `resource_not_found` for an id that another workspace has; `upstream_invalid` */
  async requireFree(workspace: string, kind: string, id: string, at: string): Promise<void> {
    const { takenOverBefore } = this.#kinds.get(kind)!;
    if (id === '' || !this.#version.isBefore(takenOverBefore!)) return;
    const others = (await this.#list()).filter((name) => name !== workspace);
    for (let first = 0; first < others.length; first += AT_ONCE) {
      const some = others.slice(first, first + AT_ONCE);
      const found = await Promise.all(some.map((other) => this.#lookup.find(other, kind, id)));
      if (found.every((one) => one === undefined)) continue;
      throw new DenialError(
        'resource_not_found',
        `No ${kind} ${JSON.stringify(printable(id))} can be made (${printable(at)}).`,
      );
    }
  }

  async #list(): Promise<readonly string[]> {
    const operation = callOperation('listWorkspaces');
    const answer = await this.#upstream.ask(writeCall(operation, {}, {}));
    if (answer.status !== 200) throw lookupFailed(answer.status);
    const { items, key } = operation.responseFilter!;
    const list = (JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>)[items];
    if (!Array.isArray(list)) throw lookupFailed(answer.status);
    return list.map((item: Record<string, string>) => item[key]!);
  }
}
