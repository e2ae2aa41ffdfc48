import { randomBytes } from 'node:crypto';
import type { Operation } from '../../../src/catalog/types.ts';
import { otlpJson } from '../../harness/otlp.ts';
import { type Draft, mapStrings, type Position, putAlike } from '../../harness/requests/draft.ts';
import { draftOf } from '../../harness/requests/operations.ts';
import { placesOf, referencesOf } from '../../harness/requests/places.ts';
import { unknownId } from '../../harness/requests/unknown-id.ts';
import type { Family } from '../../harness/world/family.ts';
import { exampleOf, isHarmless, kindAt, ordinaryDraft, putAlone } from '../examples/index.ts';
import { hostileFilters, hostileResourcePaths, hostileServerPaths, hostileUris } from './hostile-values.ts';
import { unknownCounterpart } from './unknown-counterpart.ts';

/** A request that must neither show nor change data of the other tenant. */
export interface ForeignCase {
  /** `getRun query.run_id`, with the position in a list and the mount. */
  readonly title: string;
  /** The operation and the place, as in the keys of exceptions.ts. */
  readonly at: string;
  readonly draft: Draft;
  /** The same request about an unknown resource: the responses must not differ. */
  readonly counterpart?: Draft;
  /** Ids of the sender in which the two responses may differ. */
  readonly aside?: readonly string[];
  /**
   * `refused`: 4xx, or the same response as the counterpart. `reserved`, `no-storage`: refused by the gateway itself. `quiet`: any
   * response without foreign data, since the value may have a meaning for the caller's own resources.
   */
  readonly expect: 'refused' | 'reserved' | 'no-storage' | 'quiet';
}

/** Resources of the attacking tenant. */
export interface Here {
  /** Resources that all requests to the operation may share. */
  readonly usual: Family;
  fresh(): Family;
}

type ReservedTags = (kind: string) => readonly string[];

/** The other tenant's own request to an operation, and the resources that it names. */
export interface Whole {
  readonly draft: Draft;
  readonly family: Family;
}

/**
 * Every case of an operation: each reference at each mount with the other tenant's id (alone, first and last in
 * lists), the other tenant's whole request, and hostile values for tag keys, filters, paths and storage URIs.
 *
 * @param here resources of the attacking tenant
 * @param whole the other tenant's own ordinary request, when it names a resource
 * @param reservedTags keys that no tenant may set, by kind of resource
 */
export async function foreignCases(
  operation: Operation,
  here: Here,
  there: Family,
  whole: Whole | undefined,
  reservedTags: ReservedTags,
): Promise<readonly ForeignCase[]> {
  const out: ForeignCase[] = [];
  const family = here.usual;
  const ordinary = await ordinaryDraft(operation, family);
  for (const template of operation.paths) {
    const own = { ...ordinary, template };
    out.push(...(await references(own, here, there)));
    if (whole !== undefined) {
      const draft = { ...whole.draft, template };
      out.push({
        title: `${operation.id}: the other tenant's whole request on ${template}`,
        at: `${operation.id} *`,
        draft,
        counterpart: mapStrings(draft, await unknownCounterpart(whole.family)),
        expect: 'refused',
      });
    }
    out.push(...(await otherFields(own, family, there, reservedTags)));
    out.push(...(await furtherRequests(own, family, there)));
    out.push(...spanTags(own, reservedTags));
  }
  return out;
}

/** Whether a request to the operation names a resource. */
export function namesSomething(operation: Operation): boolean {
  return referencesOf(operation).length > 0 || exampleOf(operation).embedded === true;
}

async function references(own: Draft, here: Here, there: Family): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const out: ForeignCase[] = [];
  for (const place of referencesOf(operation)) {
    const kind = kindAt(operation, place);
    const theirs = await there.id(kind);
    // The other tenant has no such resource either.
    if (there.lacks(kind)) continue;
    // The list also has an own resource, and one request may change the response to the next.
    const apart = place.repeated && !isHarmless(operation);
    const positions: readonly Position[] = place.repeated ? ['only', 'first', 'last'] : ['only'];
    for (const position of positions) {
      const families = apart ? [here.fresh(), here.fresh()] : [];
      const [mine = own, others = own] = await Promise.all(
        families.map((family) => ordinaryDraft(operation, family, template)),
      );
      const known = await Promise.all(families.map((family) => family.all()));
      out.push({
        title: `${operation.id}: ${place.name} ${position === 'only' ? '' : `${position} `}on ${template}`,
        at: `${operation.id} ${place.name}`,
        draft: putAlone(mine, place, theirs, position),
        counterpart: putAlone(others, place, unknownId(kind), position),
        aside: known.flatMap((all) => [...all.values()]),
        expect: 'refused',
      });
    }
    if (!place.inPathToo) continue;
    out.push({
      title: `${operation.id}: ${place.name} and the path on ${template}`,
      at: `${operation.id} ${place.name}`,
      draft: putAlike(own, place, theirs),
      counterpart: putAlike(own, place, unknownId(kind)),
      expect: 'refused',
    });
  }
  return out;
}

async function otherFields(
  own: Draft,
  here: Family,
  there: Family,
  reservedTags: ReservedTags,
): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const out: ForeignCase[] = [];
  const counterpartOf = await unknownCounterpart(there);
  for (const place of placesOf(operation)) {
    const add = (value: string, expect: ForeignCase['expect']): void => {
      const other = counterpartOf(value);
      out.push({
        title: `${operation.id}: ${place.name} = ${value} on ${template}`,
        at: `${operation.id} ${place.name}`,
        draft: putAlike(own, place, value),
        ...(other === value ? {} : { counterpart: putAlike(own, place, other) }),
        expect,
      });
    };
    const { policy } = place;
    if (policy.class === 'tag-key') {
      for (const key of reservedTags(policy.kind)) add(key, 'reserved');
    } else if (policy.class === 'filter') {
      for (const filter of await hostileFilters(there)) add(filter, 'quiet');
    } else if (policy.class === 'artifact-path') {
      const paths =
        policy.root === 'server' ? await hostileServerPaths(there) : await hostileResourcePaths(there);
      for (const path of paths) add(path, 'quiet');
    } else if (policy.class === 'storage-uri') {
      for (const uri of await hostileUris(here, there)) add(uri, 'no-storage');
    } else if (policy.class === 'internal' && place.in !== 'header') {
      // Headers of this class are dropped, since instrumented clients send some.
      add(unknownId('internal'), 'reserved');
    } else if (policy.class === 'platform-admin') {
      add(unknownId('platform-admin'), 'reserved');
    }
  }
  return out;
}

async function furtherRequests(own: Draft, here: Family, there: Family): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const further = (await exampleOf(operation).more?.(here, there)) ?? {};
  const out: ForeignCase[] = [];
  for (const [label, values] of Object.entries(further)) {
    const draft = draftOf(operation, values, template);
    out.push({
      title: `${operation.id}: ${label} on ${template}`,
      at: `${operation.id} *`,
      draft,
      // Each with new unknown ids: a request may create a resource under an id that the next one would find.
      counterpart: mapStrings(draft, await unknownCounterpart(there)),
      expect: 'refused',
    });
  }
  return out;
}

/** Attributes of spans that MLflow reads as trusted tags. */
function spanTags(own: Draft, reservedTags: ReservedTags): ForeignCase[] {
  const { operation } = own;
  if (operation.spanTags === undefined) return [];
  const { prefix, kind } = operation.spanTags;
  return reservedTags(kind).map((key) => ({
    title: `${operation.id}: a span's ${prefix}${key}`,
    at: `${operation.id} *`,
    draft: { ...own, raw: otlpJson(randomBytes(16).toString('hex'), [[`${prefix}${key}`, 'x']]) },
    expect: 'reserved',
  }));
}
