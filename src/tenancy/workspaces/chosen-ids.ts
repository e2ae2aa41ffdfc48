import { DenialError } from '../../http/denial.ts';
import { printable } from '../../http/fields.ts';
import type { Upstream } from '../../upstream/types.ts';
import { callOperation, lookupFailed, writeCall } from '../call.ts';
import type { Kinds } from '../kinds.ts';
import type { WorkspaceLookup } from './lookup.ts';

/** MLflow may be upgraded while the gateway runs. */
const VERSION_MS = 60_000;
const AT_ONCE = 8;

/**
 * Ids that callers choose, on an MLflow that lets whoever names another workspace's have it (`takenOverBefore` of the
 * kind). There the gateway asks every other workspace for the id first: a request for each of them, and one for their
 * list. A newer MLflow is asked for its version once a minute and nothing else.
 */
export class ChosenIds {
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;
  readonly #lookup: WorkspaceLookup;
  #version: { readonly numbers: readonly number[]; readonly until: number } | undefined;

  constructor(upstream: Upstream, kinds: Kinds, lookup: WorkspaceLookup) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#lookup = lookup;
  }

  /** Whether a kind is one that some MLflow lets be taken over. */
  concerns(kind: string): boolean {
    return this.#kinds.get(kind)?.takenOverBefore !== undefined;
  }

  /** @throws DenialError `resource_not_found` for an id that another workspace has; `upstream_invalid` */
  async requireFree(workspace: string, kind: string, id: string, at: string): Promise<void> {
    const { takenOverBefore } = this.#kinds.get(kind)!;
    if (id === '' || !isBefore(await this.#readVersion(), numbersOf(takenOverBefore!))) return;
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

  /** None, which is before every other, when MLflow does not say. */
  async #readVersion(): Promise<readonly number[]> {
    if (this.#version !== undefined && performance.now() < this.#version.until) return this.#version.numbers;
    const answer = await this.#upstream.ask(writeCall(callOperation('version'), {}, {}));
    const numbers = answer.status === 200 ? numbersOf(answer.body.toString('utf8')) : [];
    this.#version = { numbers, until: performance.now() + VERSION_MS };
    return numbers;
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

/** `"3.10.1"` or `3.10.1rc0` as numbers: what comes after the patch makes no difference here. */
function numbersOf(version: string): readonly number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '').split('.').filter(Boolean).map(Number);
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  for (const [i, number] of other.entries()) {
    const own = version[i] ?? -1;
    if (own !== number) return own < number;
  }
  return false;
}
