import { isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { MARK, UNDECIDED } from '../../codegen/policy/marks.ts';
import type { ProposedField, ProposedOperation } from './propose.ts';

/** Longest line of a list that this module writes. */
const WIDTH = 110;

interface Edit {
  readonly at: number;
  readonly text: string;
}

interface Entry {
  readonly ids: readonly string[];
  readonly key: Scalar<string>;
  readonly value: YAMLMap;
}

/**
 * A file of `openapi/policy/` with marked proposals: new operations at the end of the section of their permission, new fields inside
 * their operations. What the file has already is left as it is, to the byte.
 *
 * @param text - the file; `undefined` for a new group
 * @example
 * withProposals(text, 'skills', proposals, { workspaces: 'pin', tags: 'references' });
 */
export function withProposals(
  text: string | undefined,
  group: string,
  proposals: readonly ProposedOperation[],
  defaults: { readonly workspaces: string; readonly tags: string },
): string {
  const start =
    text ??
    `# yaml-language-server: $schema=policy.schema.json\n# ${titleOf(group)}\n\ndefaults: { workspaces: ${MARK}${defaults.workspaces}, tags: ${MARK}${defaults.tags} }\n`;
  const known = new Set(operationsOf(start).flatMap(({ ids }) => ids));
  const added = proposals.filter(({ operation, permission }) => permission && !known.has(operation.id));
  const changed = proposals.filter(({ operation }) => known.has(operation.id));
  const edited = changed.reduce((current, proposal) => withFields(current, proposal), start);
  return added.reduce((current, proposal) => withEntry(current, proposal), edited.replace(/\n*$/, '\n'));
}

/** The key of a new operation is marked, since its section is a proposal; the section of an undecided permission is marked itself. */
function withEntry(text: string, proposal: ProposedOperation): string {
  const permission = proposal.permission?.value ?? '?';
  const section = permission === '?' ? UNDECIDED : permission;
  const entry = newEntry(proposal, permission === '?' ? '' : MARK);
  const end = endOfSection(text, section);
  return end === undefined
    ? `${text}\n${section}:\n${entry}`
    : `${text.slice(0, end)}\n${entry}${text.slice(end)}`;
}

/** The offset behind the last line of a section. */
function endOfSection(text: string, section: string): number | undefined {
  // With a line end before the first line too, its place is that of the section in `text`.
  const start = `\n${text}`.indexOf(`\n${section}:\n`);
  if (start === -1) return undefined;
  const [lines = ''] = /^[^\n]+\n(?:(?: [^\n]*)?\n)*/.exec(text.slice(start)) ?? [];
  return start + lines.replace(/\n+$/, '\n').length;
}

function newEntry({ operation, rules, fields }: ProposedOperation, mark: string): string {
  const lines: string[] = [];
  const changed = Object.entries(rules).map(([rule, value]) => `${rule}: ${MARK}${value}`);
  if (changed.length > 0) lines.push(`    rules: { ${changed.join(', ')} }`);
  lines.push(...classified(fields).map((line) => `    ${line}`));
  const opaque = opaqueItems(fields);
  if (opaque.length > 0) lines.push(...wrapped('    opaque: [', opaque));
  const key = `  ${mark}${operation.id}:`;
  return lines.length === 0 ? `${key} {}\n` : `${[key, ...lines].join('\n')}\n`;
}

function withFields(text: string, proposal: ProposedOperation): string {
  const entry = operationsOf(text).find(({ ids }) => ids.includes(proposal.operation.id));
  if (entry === undefined) return text;
  if (entry.ids.length > 1) return withFields(apart(text, entry, proposal.operation.id), proposal);
  const known = placesIn(entry.value);
  const fields = proposal.fields.filter(({ place }) => !known.has(place));
  const edits: Edit[] = [];
  const opaque = opaqueItems(fields);
  const list = entry.value.get('opaque', true);
  const lines = classified(fields);
  if (opaque.length > 0 && isSeq(list) && list.flow) {
    const at = (list.range?.[1] ?? 0) - 1;
    const separator = list.items.length > 0 ? ', ' : '';
    edits.push({ at, text: `${separator}${opaque.join(', ')}` });
  } else if (opaque.length > 0) lines.push(`opaque: [${opaque.join(', ')}]`);
  if (lines.length > 0) edits.push(insertion(text, entry, lines));
  return edits
    .sort((a, b) => b.at - a.at)
    .reduce((now, { at, text: more }) => now.slice(0, at) + more + now.slice(at), text);
}

/** New pairs of an entry: before its brace, or below its key. */
function insertion(text: string, { key, value }: Entry, lines: readonly string[]): Edit {
  const [from, to] = value.range ?? [0, 0];
  if (value.flow) {
    const brace = text.lastIndexOf('}', to - 1);
    const blank = /\s*$/.exec(text.slice(0, brace))?.[0].length ?? 0;
    const pairs = lines.map(quotedKey).join(', ');
    return value.items.length > 0
      ? { at: brace - blank, text: `, ${pairs}` }
      : { at: brace - blank, text: ` ${pairs} ` };
  }
  const indent = /[^\n]*$/.exec(text.slice(0, from))?.[0] ?? '    ';
  const end = text.indexOf('\n', key.range?.[1] ?? 0);
  return { at: end, text: lines.map((line) => `\n${indent}${line}`).join('') };
}

/** Gives one operation of a shared entry an entry of its own, with the same content. */
function apart(text: string, { ids, key, value }: Entry, id: string): string {
  const [from, keyEnd] = key.range ?? [0, 0];
  const end = value.range?.[1] ?? text.length;
  const indent = /[^\n]*$/.exec(text.slice(0, from))?.[0] ?? '  ';
  const others = ids.filter((one) => one !== id).join(', ');
  const content = text.slice(keyEnd, end).trimEnd();
  const rest = text.slice(end).replace(/^\n?/, '');
  return `${text.slice(0, from)}${others}${content}\n\n${indent}${id}${content}\n${rest}`;
}

const classified = (fields: readonly ProposedField[]): string[] =>
  fields
    .filter(({ value }) => value !== 'opaque')
    .map(({ place, value }) => `${yamlKey(place)}: ${MARK}${value}`);

const opaqueItems = (fields: readonly ProposedField[]): string[] =>
  fields.filter(({ value }) => value === 'opaque').map(({ place }) => yamlText(`${MARK}${place}`));

/** In a flow collection, `[`, `]`, `{`, `}` and `,` have a meaning; at the start of a word `*` has one everywhere. */
const yamlText = (text: string): string => (/[[\]{},]|^\*/.test(text) ? JSON.stringify(text) : text);
const yamlKey = (place: string): string => (place.startsWith('*') ? JSON.stringify(place) : place);
const quotedKey = (line: string): string => line.replace(/^([^":]*[[\]{},][^":]*):/, '"$1":');

function wrapped(start: string, items: readonly string[]): string[] {
  const lines = [start];
  for (const [index, item] of items.entries()) {
    const word = `${item}${index === items.length - 1 ? ']' : ','}`;
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > WIDTH) lines.push(`      ${word}`);
    else lines[lines.length - 1] = `${line}${line.endsWith('[') ? '' : ' '}${word}`;
  }
  return lines;
}

/** The operations of a file, in all sections; a mark is no part of an id. */
function operationsOf(text: string): Entry[] {
  return entriesOf(text).flatMap(({ key, value }) => (key.value === 'defaults' ? [] : entriesIn(value)));
}

function entriesOf(text: string): Entry[] {
  const { contents } = parseDocument(text);
  return isMap(contents) ? entriesIn(contents) : [];
}

function entriesIn(map: YAMLMap): Entry[] {
  return (map.items as Pair[]).flatMap(({ key, value }) =>
    isScalar(key) && typeof key.value === 'string' && isMap(value)
      ? [{ ids: key.value.replace(MARK, '').split(', '), key: key as Scalar<string>, value }]
      : [],
  );
}

/** The places that an entry classifies, marked or not. */
function placesIn(map: YAMLMap): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (inside: Readonly<Record<string, unknown>>, prefix: string): void => {
    for (const [key, value] of Object.entries(inside)) {
      if (key === 'opaque' && Array.isArray(value))
        for (const name of value) found.add(`${prefix}${String(name).replace(MARK, '')}`);
      else if (typeof value === 'string') found.add(`${prefix}${key}`);
      else if (typeof value === 'object' && value !== null)
        walk(value as Record<string, unknown>, `${prefix}${key}.`);
    }
  };
  walk(map.toJSON() as Record<string, unknown>, '');
  return found;
}

/** `mcp-servers` → `Mcp servers`. */
function titleOf(group: string): string {
  const words = group.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * `openapi/kinds.yaml` with a marked entry for each new kind that it lacks.
 *
 * @param lookups - kind → the operation that reads one resource, and the field that names it
 */
export function withKinds(
  text: string,
  kinds: readonly string[],
  lookups: ReadonlyMap<string, { readonly operation: string; readonly field: string }>,
): string {
  const known = new Set(entriesOf(text).flatMap(({ ids }) => ids));
  const entries = kinds
    .filter((kind) => !known.has(kind))
    .map((kind) => {
      const lookup = lookups.get(kind);
      const lines = [
        '# The message is that of MLflow for one that does not exist, with {id}; the lookup says where the response has tags or a container.',
        `${kind}:`,
        `  missing: ${MARK}?`,
        ...(lookup ? [`  lookup: { operation: ${MARK}${lookup.operation}, field: ${lookup.field} }`] : []),
      ];
      return `\n${lines.join('\n')}\n`;
    });
  return [text.replace(/\n*$/, '\n'), ...entries].join('');
}
