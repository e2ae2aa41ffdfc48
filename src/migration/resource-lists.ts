import { textAt, valueAt } from '../catalog/json-path.ts';
import type { KindInventory } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { type CallValue, operationById, writeCall } from '../mlflow/call.ts';
import type { Kinds } from '../tenancy/kinds.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import { fieldsOf, type ListedResource, readListedResource } from './listed-resource.ts';

/** A page of runs includes their metrics and parameters, possibly thousands for each run. */
const MAX_RESPONSE_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 120_000;
/** Text that needs no escaping between quotes, in every filter dialect of MLflow. */
const QUOTABLE = /^[^'"\\`%_]*$/;
/** Ends a list that MLflow, by a defect, would never end. */
const MAX_PAGES = 1_000_000;

/**
 * Lists the resources of all tenants in MLflow. Holds one page at a time.
 *
 * @example
 * for await (const runs of inventory.pages('run', { within: '7' })) count += runs.length;
 */
export class Inventory {
  readonly #upstream: Upstream;
  readonly #kinds: Kinds;
  readonly #tag: TenantTag;

  constructor(upstream: Upstream, kinds: Kinds, tag: TenantTag) {
    this.#upstream = upstream;
    this.#kinds = kinds;
    this.#tag = tag;
  }

  /**
   * Lists all resources of a kind: in an experiment (`within`), or of one resource (`of`). Empty if MLflow does not know
   * the kind.
   *
   * @throws DenialError `upstream_unreachable`, `upstream_timeout`, or `upstream_invalid` for a response without a list
   */
  async *pages(
    kind: string,
    { within, of }: { readonly within?: string; readonly of?: string } = {},
  ): AsyncGenerator<readonly ListedResource[]> {
    const inventory = this.of(kind);
    for (const variant of inventory.variants) {
      let token: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const values: Record<string, CallValue> = { ...variant };
        if (inventory.within !== undefined && within !== undefined) values[inventory.within] = [within];
        if (inventory.of !== undefined && of !== undefined && QUOTABLE.test(of)) {
          const { filter, key } = inventory.of;
          values[filter] = [`${key} = '${of}'`, ...(variant[filter] ? [variant[filter]] : [])].join(' AND ');
        }
        if (token !== undefined) values[inventory.pages.field] = token;
        const response = await this.#ask(inventory.operation, values);
        if (response === undefined) return;
        const items = valueAt(response, inventory.items) ?? [];
        if (!Array.isArray(items)) throw missingList(inventory);
        const resources = items.flatMap((item) => readListedResource(kind, item, inventory, this.#tag) ?? []);
        // MySQL also finds `Model` for `model`, and a name that needs escaping lists all.
        const at = of === undefined ? undefined : inventory.of?.at;
        yield at === undefined ? resources : resources.filter(({ item }) => textAt(item, at) === of);
        token = textAt(response, inventory.pages.next);
        if (!token) break;
      }
    }
  }

  /** Looks up one resource that the lists may omit; `undefined` if it does not exist. */
  async one(kind: string, of: string, id: string): Promise<ListedResource | undefined> {
    const inventory = this.of(kind);
    const { one } = inventory;
    if (one === undefined) throw new Error(`the policy has no single lookup of ${kind}`);
    const response = await this.#ask(one.operation, { [one.of]: of, [one.field]: id });
    return response === undefined
      ? undefined
      : readListedResource(kind, valueAt(response, one.item), inventory, this.#tag);
  }

  /** The location of a resource's files, as MLflow resolves it. */
  async download({ kind, item }: ListedResource): Promise<string | undefined> {
    const { download } = this.of(kind);
    if (download === undefined) return undefined;
    const response = await this.#ask(download.operation, fieldsOf(download, item));
    return response === undefined ? undefined : textAt(response, download.answer);
  }

  /** The experiments of a resource that can be in several. */
  async experimentsOf({ kind, item }: ListedResource): Promise<readonly string[]> {
    const { experiments } = this.of(kind);
    if (experiments === undefined) return [];
    const response = await this.#ask(experiments.operation, fieldsOf(experiments, item));
    const ids = response === undefined ? [] : valueAt(response, experiments.answer);
    return Array.isArray(ids) ? ids.map(String) : [];
  }

  /** How a kind is listed. @throws Error if the policy has none */
  of(kind: string): KindInventory {
    const inventory = this.#kinds.get(kind)?.inventory;
    if (inventory === undefined) throw new Error(`the policy has no inventory of ${kind}`);
    return inventory;
  }

  async #ask(id: string, values: Record<string, CallValue>): Promise<unknown> {
    const { status, body } = await this.#upstream.ask(writeCall(operationById(id), values, {}), {
      limit: MAX_RESPONSE_BYTES,
      timeoutMs: TIMEOUT_MS,
    });
    // An MLflow without the kind answers 404, or 405 if it serves the path by another method.
    if (status === 404 || status === 405) return undefined;
    if (status !== 200)
      throw new DenialError('upstream_invalid', `MLflow answered ${status} to ${id}: ${excerpt(body)}`);
    try {
      return JSON.parse(body.toString('utf8'));
    } catch {
      throw new DenialError('upstream_invalid', `MLflow's response to ${id} is not JSON.`);
    }
  }
}

/** The beginning of a response body, on one line. */
export function excerpt(body: Buffer): string {
  return body
    .subarray(0, 400)
    .toString('utf8')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .trim();
}

function missingList({ operation, items }: KindInventory): DenialError {
  return new DenialError('upstream_invalid', `MLflow's response to ${operation} has no list ${items}.`);
}
