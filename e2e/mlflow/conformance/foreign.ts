import { randomBytes } from 'node:crypto';
import { RESERVED_TAGS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { otlpJson } from '../otlp.ts';
import { absentId } from './absent.ts';
import { type Draft, mapStrings, type Position, put } from './draft.ts';
import { exampleOf, kindAt, ordinaryDraft, putAlone, spends } from './examples/index.ts';
import { draftOf, type Family } from './family.ts';
import { hostileFilters, hostileResourcePaths, hostileServerPaths, hostileUris } from './hostile.ts';
import { nobodyInstead } from './nobody.ts';
import { placesOf, referencesOf } from './places.ts';

/** One request that must tell and change nothing of the other tenant's. */
export interface ForeignCase {
  /** `getRun query.run_id`, with how it was put there. */
  readonly title: string;
  /** The operation and the place, as the keys of exceptions.ts are. */
  readonly at: string;
  readonly draft: Draft;
  /** The same about what is nobody's: the answers must not differ. */
  readonly nobodys?: Draft;
  /**
   * `refused`: 4xx, or exactly what nobody's gets. `reserved`, `no-storage`: refused by the gateway itself. `quiet`: any
   * answer, since the value means something of the caller's own; only silence and unchanged data are asked for.
   */
  readonly expect: 'refused' | 'reserved' | 'no-storage' | 'quiet';
}

/** The other tenant's own request to an operation, and the resources that it names. */
export interface Whole {
  readonly draft: Draft;
  readonly family: Family;
}

/**
 * Every case of an operation: each reference at each mount with the other tenant's id (alone, first and last in
 * lists), the other tenant's whole request, and hostile values for tag keys, filters, paths and storage URIs.
 *
 * @param here makes families of the tenant that tries
 * @param whole the other tenant's own ordinary request, when it names anything
 */
export async function foreignCases(
  operation: Operation,
  here: () => Family,
  there: Family,
  whole: Whole | undefined,
): Promise<readonly ForeignCase[]> {
  const out: ForeignCase[] = [];
  const family = here();
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
    out.push(...(await otherFields(own, family, there)));
    out.push(...(await furtherRequests(own, family, there)));
    out.push(...spanTags(own));
  }
  return out;
}

/** Whether a request names something of its sender's at all. */
export function namesSomething(operation: Operation): boolean {
  return referencesOf(operation).length > 0 || exampleOf(operation).embedded === true;
}

async function references(own: Draft, here: () => Family, there: Family): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const out: ForeignCase[] = [];
  for (const place of referencesOf(operation)) {
    const kind = kindAt(operation, place);
    const theirs = await there.id(kind);
    // Beside the foreign one stands an own one, which the first request may use up.
    const ownDraft = async (): Promise<Draft> =>
      place.repeated && spends(operation) ? ordinaryDraft(operation, here(), template) : own;
    const positions: readonly Position[] = place.repeated ? ['only', 'first', 'last'] : ['only'];
    for (const position of positions) {
      out.push({
        title: `${operation.id}: ${place.name} ${position === 'only' ? '' : `${position} `}on ${template}`,
        at: `${operation.id} ${place.name}`,
        draft: putAlone(await ownDraft(), place, theirs, position),
        nobodys: putAlone(await ownDraft(), place, absentId(kind), position),
        expect: 'refused',
      });
    }
  }
  return out;
}

async function otherFields(own: Draft, here: Family, there: Family): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const out: ForeignCase[] = [];
  const nobody = await nobodyInstead(there);
  for (const place of placesOf(operation)) {
    const add = (value: string, expect: ForeignCase['expect']): void => {
      const other = nobody(value);
      out.push({
        title: `${operation.id}: ${place.name} = ${value} on ${template}`,
        at: `${operation.id} ${place.name}`,
        draft: put(own, place, value),
        ...(other === value ? {} : { nobodys: put(own, place, other) }),
        expect,
      });
    };
    const { policy } = place;
    if (policy.class === 'tag-key') {
      for (const key of [...(RESERVED_TAGS[policy.kind] ?? []), ...(RESERVED_TAGS['*'] ?? [])]) {
        add(key, 'reserved');
      }
    } else if (policy.class === 'filter') {
      for (const filter of await hostileFilters(there)) add(filter, 'quiet');
    } else if (policy.class === 'artifact-path') {
      const paths =
        policy.root === 'server' ? await hostileServerPaths(there) : await hostileResourcePaths(there);
      for (const path of paths) add(path, 'quiet');
    } else if (policy.class === 'storage-uri') {
      for (const uri of await hostileUris(here, there)) add(uri, 'no-storage');
    }
  }
  return out;
}

async function furtherRequests(own: Draft, here: Family, there: Family): Promise<ForeignCase[]> {
  const { operation, template } = own;
  const nobody = await nobodyInstead(there);
  const further = (await exampleOf(operation).more?.(here, there)) ?? {};
  return Object.entries(further).map(([label, values]) => {
    const draft = draftOf(operation, values, template);
    return {
      title: `${operation.id}: ${label} on ${template}`,
      at: `${operation.id} *`,
      draft,
      nobodys: mapStrings(draft, nobody),
      expect: 'refused',
    };
  });
}

/** Attributes of spans that MLflow would take for the tags it trusts. */
function spanTags(own: Draft): ForeignCase[] {
  const { operation } = own;
  if (operation.spanTags === undefined) return [];
  const { prefix, kind } = operation.spanTags;
  return [...(RESERVED_TAGS[kind] ?? []), ...(RESERVED_TAGS['*'] ?? [])].map((key) => ({
    title: `${operation.id}: a span's ${prefix}${key}`,
    at: `${operation.id} *`,
    draft: { ...own, raw: otlpJson(randomBytes(16).toString('hex'), [[`${prefix}${key}`, 'x']]) },
    expect: 'reserved',
  }));
}
