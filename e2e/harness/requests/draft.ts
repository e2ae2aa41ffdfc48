import type { Operation } from '../../../src/catalog/types.ts';
import type { Wire } from '../wire-caller.ts';
import type { Place, Step } from './places.ts';

type Json = Record<string, unknown>;

/** A request being composed. */
export interface Draft {
  readonly operation: Operation;
  /** The mount it is sent on: one of `operation.paths`. */
  readonly template: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
  /** A streamed body, sent as it is. */
  readonly raw: Buffer | undefined;
}

/** Where a value goes in a list that holds others already. */
export type Position = 'only' | 'first' | 'last';

/** The draft with `value` at `place`; what lies between is made as needed. */
export function put(draft: Draft, place: Place, value: string, position: Position = 'only'): Draft {
  const { name } = place.steps[0]!;
  switch (place.in) {
    case 'path':
      return { ...draft, path: { ...draft.path, [name]: value } };
    case 'header':
      return { ...draft, headers: { ...draft.headers, [name.toLowerCase()]: value } };
    case 'query':
      return {
        ...draft,
        query: {
          ...draft.query,
          [name]: place.repeated ? inList(draft.query[name], value, position) : value,
        },
      };
    case 'body':
      return { ...draft, body: putInside(draft.body ?? {}, place.steps, value, position) as Json };
  }
}

/** The draft with `value` at `place`, and in the path where that must say the same. */
export function putAlike(draft: Draft, place: Place, value: string): Draft {
  const written = put(draft, place, value);
  return place.inPathToo ? { ...written, path: { ...written.path, [place.steps[0]!.name]: value } } : written;
}

/** The draft without what stands at `place`. */
export function drop(draft: Draft, place: Place): Draft {
  const { name } = place.steps[0]!;
  const without = <T extends object>(from: T): T =>
    Object.fromEntries(Object.entries(from).filter(([key]) => key !== name)) as T;
  if (place.in === 'query') return { ...draft, query: without(draft.query) };
  if (place.in === 'header') return { ...draft, headers: without(draft.headers) };
  if (place.in === 'body') return { ...draft, body: without(draft.body ?? {}) };
  return draft;
}

/** Whether a value stands at `place`. */
export function has(draft: Draft, place: Place): boolean {
  if (place.in === 'path') return true;
  const root: unknown =
    place.in === 'query' ? draft.query : place.in === 'header' ? draft.headers : (draft.body ?? {});
  return place.steps.reduce<unknown[]>(descend, [root]).length > 0;
}

/** The request as it is sent. Parameters are percent-encoded as any careful client would. */
export function toWire(draft: Draft): Wire {
  const path = draft.template.replace(/\{(\w+)\}/g, (_, name: string) =>
    (draft.path[name] ?? '').split('/').map(encodeURIComponent).join('/'),
  );
  const query = Object.entries(draft.query)
    .flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : value.map((one) => [name, one]),
    )
    .map(([name, value]) => `${encodeURIComponent(name!)}=${encodeURIComponent(value!)}`)
    .join('&');
  const body =
    draft.raw ?? (draft.body === undefined ? undefined : Buffer.from(JSON.stringify(draft.body), 'utf8'));
  return {
    method: draft.operation.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: {
      ...(draft.body !== undefined && draft.raw === undefined ? { 'content-type': 'application/json' } : {}),
      ...draft.headers,
    },
    body,
  };
}

/** Every string that stands in a draft: what an answer may repeat without telling anything. */
export function valuesIn(draft: Draft): readonly string[] {
  const out: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') out.push(value);
    else if (Array.isArray(value)) value.forEach(collect);
    else if (typeof value === 'object' && value !== null) {
      out.push(...Object.keys(value));
      Object.values(value).forEach(collect);
    }
  };
  collect([draft.path, draft.query, draft.headers, draft.body ?? {}]);
  return out;
}

/** The draft with every string in it changed, names of fields aside, and a streamed body read as one. */
export function mapStrings(draft: Draft, change: (text: string) => string): Draft {
  const inside = <T>(value: T): T => {
    if (typeof value === 'string') return change(value) as T;
    if (Array.isArray(value)) return value.map(inside) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, inside(held)])) as T;
  };
  const { path, query, headers, body, raw } = draft;
  return {
    ...draft,
    path: inside(path),
    query: inside(query),
    headers: inside(headers),
    body: inside(body),
    raw: raw && Buffer.from(change(raw.toString('utf8'))),
  };
}

function putInside(at: unknown, steps: readonly Step[], value: string, position: Position): unknown {
  const [step, ...rest] = steps;
  const message = Object.fromEntries(
    Object.entries(typeof at === 'object' && at !== null ? (at as Json) : {}).filter(
      ([name]) => !step!.excludes?.includes(name),
    ),
  );
  const old = message[step!.name];
  return { ...message, [step!.name]: next(old, step!, rest, value, position) };
}

function next(old: unknown, step: Step, rest: readonly Step[], value: string, position: Position): unknown {
  if (step.map && rest.length === 0) return { ...((old as Json | undefined) ?? {}), [value]: 'x' };
  if (rest.length === 0) return step.list ? inList(old, value, position) : value;
  if (!step.list) return putInside(old ?? {}, rest, value, position);
  const list: unknown[] = Array.isArray(old) && old.length > 0 ? old : [{}];
  if (position === 'only') return [putInside(list[0], rest, value, position)];
  return position === 'first'
    ? [putInside(list[0], rest, value, position), ...list]
    : [...list, putInside(list[0], rest, value, position)];
}

function inList(old: unknown, value: string, position: Position): string[] {
  const list = Array.isArray(old) ? (old as string[]) : typeof old === 'string' ? [old] : [];
  if (position === 'only') return [value];
  return position === 'first' ? [value, ...list] : [...list, value];
}

function descend(found: readonly unknown[], step: Step): unknown[] {
  return found.flatMap((at) => {
    const value = (at as Json | undefined)?.[step.name];
    if (value === undefined) return [];
    return step.list && Array.isArray(value) ? value : [value];
  });
}
