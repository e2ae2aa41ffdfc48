import { DenialError } from '../../denial.ts';
import { MARK, type Selection } from '../../request/graphql/document.ts';
import { parseResponse } from '../../upstream/response-json.ts';
import type { UpstreamResponse } from '../../upstream/types.ts';
import { askEach } from '../ask-each.ts';

/** The positions of the items of a list to keep, by the field of each item that names its owner. */
export type Keep = (owners: readonly unknown[]) => Promise<ReadonlySet<number>> | ReadonlySet<number>;

/**
 * Removes the resources of other tenants from MLflow's response, and the fields that only the gateway asked for.
 *
 * @param keeps the selections with a list to filter
 * @throws DenialError `upstream_invalid` (from the transform) if the response does not fit the document
 */
export function keepIn(
  selections: readonly Selection[],
  keeps: ReadonlyMap<Selection, Keep>,
): (answer: UpstreamResponse) => Promise<Buffer> {
  return async ({ body }) => {
    const answer = parseResponse(body) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...answer, data: await keepOwn(answer.data, selections, keeps) }));
  };
}

async function keepOwn(
  value: unknown,
  selections: readonly Selection[],
  keeps: ReadonlyMap<Selection, Keep>,
): Promise<unknown> {
  if (value === null || value === undefined) return value;
  if (Array.isArray(value)) return askEach(value, (item) => keepOwn(item, selections, keeps));
  if (typeof value !== 'object') throw unexpected();
  const out: Record<string, unknown> = { ...value };
  for (const selection of selections) {
    if (selection.selections.length === 0) continue;
    const inside = await keepOwn(out[selection.key], selection.selections, keeps);
    const keep = keeps.get(selection);
    out[selection.key] = keep && inside ? await keepItems(inside, keep) : inside;
  }
  return out;
}

async function keepItems(list: unknown, keep: Keep): Promise<unknown[]> {
  if (!Array.isArray(list) || !list.every(isMarked)) throw unexpected();
  const kept = await keep(list.map((item) => item[MARK]));
  return list.filter((_, at) => kept.has(at)).map(({ [MARK]: _, ...item }) => item);
}

function isMarked(item: unknown): item is Record<string, unknown> {
  return typeof item === 'object' && item !== null && Object.hasOwn(item, MARK);
}

function unexpected(): DenialError {
  return new DenialError('upstream_invalid', 'MLflow answered with a list the gateway cannot filter.');
}
