import type { Operation } from '../../../src/catalog/types.ts';
import { type Draft, toWire } from '../../harness/requests/draft.ts';
import { type Place, referencesOf } from '../../harness/requests/places.ts';
import type { Wire } from '../../harness/wire-caller.ts';
import type { Family } from '../../harness/world/family.ts';
import { kindAt, ordinaryDraft, putAlone } from '../examples/index.ts';

/** A request with two readings; the gateway itself must refuse it, whatever MLflow would make of it. */
export interface SpellingCase {
  readonly title: string;
  readonly wire: Wire;
  /** Paths that fit no route are unknown rather than malformed. */
  readonly statuses: readonly number[];
}

/** Every reference of an operation at every mount, spelt so that two parsers may disagree about it. */
export async function spellingCases(
  operation: Operation,
  here: Family,
  there: Family,
): Promise<readonly SpellingCase[]> {
  const out: SpellingCase[] = [];
  const ordinary = await ordinaryDraft(operation, here);
  for (const template of operation.paths) {
    const own = { ...ordinary, template };
    for (const place of referencesOf(operation)) {
      const theirs = await there.id(kindAt(operation, place));
      const mine = await here.id(kindAt(operation, place));
      const draft = putAlone(own, place, mine);
      const add = (label: string, wire: Wire, statuses: readonly number[] = [400]): void => {
        out.push({ title: `${operation.id}: ${place.name} ${label} on ${template}`, wire, statuses });
      };
      if (place.in === 'body') inBody(draft, place, theirs, add);
      else if (place.in === 'query') inQuery(draft, place, theirs, add);
      else if (place.in === 'path') inPath(draft, place, theirs, add);
      else {
        const wire = toWire(draft);
        const name = place.steps[0]!.name.toLowerCase();
        add('given twice', { ...wire, headers: { ...wire.headers, [name]: [mine, theirs] } });
      }
    }
    if (operation.method === 'GET' && operation.body === 'none') out.push(bodyOnGet(operation, own, there));
  }
  return out;
}

type Add = (label: string, wire: Wire, statuses?: readonly number[]) => void;

function inBody(draft: Draft, place: Place, theirs: string, add: Add): void {
  const wire = toWire(draft);
  const text = wire.body!.toString('utf8');
  const top = place.steps[0]!.name;
  const value = JSON.stringify(place.steps.length === 1 ? asListed(place, theirs) : draft.body![top]);
  const with_ = (body: string): Wire => ({ ...wire, body: Buffer.from(body) });
  const rest = text.slice(1);
  add('given twice', with_(`{${JSON.stringify(top)}:${value},${rest}`));
  add('given twice, once escaped', with_(`{"\\u${hex4(top)}${top.slice(1)}":${value},${rest}`));
  add('of a wrong type', {
    ...wire,
    body: Buffer.from(JSON.stringify({ ...draft.body, [top]: { a: [[]] } })),
  });
  const other = draft.operation.bodyFields.find(({ name, type, repeated }) => {
    return name !== top && !repeated && type !== 'any' && type !== 'object' && type !== 'map';
  });
  if (other !== undefined) {
    const spoilt = JSON.stringify({ [other.name]: {}, ...omit(draft.body!, other.name) });
    add(`behind a wrongly typed ${other.name}`, with_(spoilt));
  }
  const camel = top.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (camel !== top) {
    add('in camelCase', with_(JSON.stringify({ [camel]: JSON.parse(value), ...omit(draft.body!, top) })));
    add('in camelCase beside it', with_(`{${JSON.stringify(camel)}:${value},${rest}`));
  }
  if (place.steps.length > 1) nestedTwice(draft, place, theirs, add);
}

/** The key repeated in the innermost message: `{"model_id":"theirs","model_id":"mine"}`. */
function nestedTwice(draft: Draft, place: Place, theirs: string, add: Add): void {
  const wire = toWire(draft);
  const leaf = place.steps.at(-1)!.name;
  const text = wire.body!.toString('utf8');
  const key = `"${leaf}":`;
  const at = text.lastIndexOf(key);
  if (at === -1 || place.steps.at(-1)!.map) return;
  const doubled = `${text.slice(0, at)}${key}${JSON.stringify(asListed(place, theirs))},${text.slice(at)}`;
  add('given twice inside', { ...wire, body: Buffer.from(doubled) });
}

function inQuery(draft: Draft, place: Place, theirs: string, add: Add): void {
  const wire = toWire(draft);
  const { name } = place.steps[0]!;
  const with_ = (pair: string): Wire => ({
    ...wire,
    path: `${wire.path}${wire.path.includes('?') ? '&' : '?'}${pair}`,
  });
  const encoded = encodeURIComponent(theirs);
  if (!place.repeated) {
    add('given twice', with_(`${name}=${encoded}`));
    add('given twice, once percent-encoded', with_(`${percent(name)}=${encoded}`));
  }
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (camel !== name) add('in camelCase', with_(`${camel}=${encoded}`));
  add('with another case', with_(`${name.toUpperCase()}=${encoded}`));
}

function inPath(draft: Draft, place: Place, theirs: string, add: Add): void {
  const { name } = place.steps[0]!;
  const raw = (text: string): Wire => {
    const { template, path } = draft;
    const written = template.replace(/\{(\w+)\}/g, (_, key: string) =>
      key === name ? text : (path[key] ?? '').split('/').map(encodeURIComponent).join('/'),
    );
    return { ...toWire(draft), path: written };
  };
  const twice = theirs.replace(/[A-Za-z0-9]/, (letter) => `%25${letter.charCodeAt(0).toString(16)}`);
  const mine = draft.path[name]!.split('/').map(encodeURIComponent).join('/');
  add('percent-encoded twice', raw(twice), [400, 404]);
  add('behind a dot segment', raw(`${mine}/../${theirs}`), [400, 404]);
  add('behind an encoded slash', raw(`${mine}%2F..%2F${encodeURIComponent(theirs)}`), [400, 404]);
  add('with a NUL after it', raw(`${theirs}%00`), [400, 404]);
  add('with a fragment after it', raw(`${theirs}#${mine}`), [400, 404]);
}

function bodyOnGet(operation: Operation, own: Draft, there: Family): SpellingCase {
  const wire = toWire(own);
  return {
    title: `${operation.id}: a body on GET on ${own.template}`,
    wire: {
      ...wire,
      headers: { ...wire.headers, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ run_id: there.owner.marker })),
    },
    statuses: [400],
  };
}

function asListed(place: Place, value: string): unknown {
  return place.steps.at(-1)!.list ? [value] : value;
}

function omit(body: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));
}

const hex4 = (name: string): string => name.charCodeAt(0).toString(16).padStart(4, '0');
const percent = (name: string): string =>
  name.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
