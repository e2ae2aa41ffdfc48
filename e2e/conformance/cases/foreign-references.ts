import { randomBytes } from 'node:crypto';
import type { Operation } from '../../../src/catalog/types.ts';
import { otlpJson } from '../../harness/otlp.ts';
import { type Draft, mapStrings, type Position, putAlike } from '../../harness/requests/draft.ts';
import { placesOf, referencesOf } from '../../harness/requests/places.ts';
import { absentId } from '../../harness/requests/unknown-id.ts';
import { draftOf, type Family } from '../../harness/world/family.ts';
import { exampleOf, isHarmless, kindAt, ordinaryDraft, putAlone } from '../examples/index.ts';
import { hostileFilters, hostileResourcePaths, hostileServerPaths, hostileUris } from './hostile-values.ts';
import { nobodyInstead } from './unknown-counterpart.ts';

/** One request that must tell and change nothing of the other tenant's. */
export interface ForeignCase {
  /** `getRun query.run_id`, with how it was put there. */
  readonly title: string;
  /** The operation and the place, as the keys of exceptions.ts are. */
  readonly at: string;
  readonly draft: Draft;
  /** The same about what is nobody's: the answers must not differ. */
  readonly nobodys?: Draft;
  /** Ids of the sender's own in which the two may differ. */
  readonly aside?: readonly string[];
  /**
   * `refused`: 4xx, or exactly what nobody's gets. `reserved`, `no-storage`: refused by the gateway itself. `quiet`: any
   * answer, since the value means something of the caller's own; only silence and unchanged data are asked for.
   */
  readonly expect: 'refused' | 'reserved' | 'no-storage' | 'quiet';
}

/** Resources of the tenant that tries. */
export interface Here {
  /** Those that all requests to the operation may share. */
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
 * @param here of the tenant that tries
 * @param whole the other tenant's own ordinary request, when it names anything
 * @param reservedTags keys that no tenant sets, by the kind of what is tagged
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
        nobodys: mapStrings(draft, await nobodyInstead(whole.family)),
        expect: 'refused',
      });
    }
    out.push(...(await otherFields(own, family, there, reservedTags)));
    out.push(...(await furtherRequests(own, family, there)));
    out.push(...spanTags(own, reservedTags));
  }
  return out;
}

/** Whether a request names something of its sender's at all. */
export function namesSomething(operation: Operation): boolean {
  return referencesOf(operation).length > 0 || exampleOf(operation).embedded === true;
}

async function references(own: Draft, here: Here, there: Family): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const out: ForeignCase[] = [];
  for (const place of referencesOf(operation)) {
    const kind = kindAt(operation, place);
    const theirs = await there.id(kind);
    // The other tenant has none either.
    if (there.lacks(kind)) continue;
    // Beside the foreign one stands an own one, and what a request did with it may change what the next is told.
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
        nobodys: putAlone(others, place, absentId(kind), position),
        aside: known.flatMap((all) => [...all.values()]),
        expect: 'refused',
      });
    }
    if (!place.inPathToo) continue;
    out.push({
      title: `${operation.id}: ${place.name} and the path on ${template}`,
      at: `${operation.id} ${place.name}`,
      draft: putAlike(own, place, theirs),
      nobodys: putAlike(own, place, absentId(kind)),
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
  const nobody = await nobodyInstead(there);
  for (const place of placesOf(operation)) {
    const add = (value: string, expect: ForeignCase['expect']): void => {
      const other = nobody(value);
      out.push({
        title: `${operation.id}: ${place.name} = ${value} on ${template}`,
        at: `${operation.id} ${place.name}`,
        draft: putAlike(own, place, value),
        ...(other === value ? {} : { nobodys: putAlike(own, place, other) }),
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
      // Headers of this class are dropped in silence, since instrumented clients send some unasked.
      add(absentId('internal'), 'reserved');
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
      // Each about a nobody of its own: what one request makes under an id, another would find.
      nobodys: mapStrings(draft, await nobodyInstead(there)),
      expect: 'refused',
    });
  }
  return out;
}

/** Attributes of spans that MLflow would take for the tags it trusts. */
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
