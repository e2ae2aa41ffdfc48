import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { KindInventory } from '../../src/catalog/types.ts';
import type { BoundRule, GatewaySettings, KindPolicy, OperationPolicy } from '../description.ts';
import {
  type Fields,
  GATEWAY_FILE,
  groupFile,
  KINDS_FILE,
  MIGRATION_FILE,
  OPAQUE_NAMES_FILE,
} from './files.ts';
import { markProblem, takeMarks } from './marks.ts';
import { isObject, placesOf } from './places.ts';

/** The folder with the policy of the operations, one file for each group. */
const POLICY_FOLDER = 'openapi/policy';

/** The files beside it, all required. */
export const POLICY_FILES = {
  kinds: 'openapi/kinds.yaml',
  migration: 'openapi/migration.yaml',
  gateway: 'openapi/gateway.yaml',
  opaqueNames: 'openapi/opaque-names.yaml',
} as const;

/** The policy of one operation, and the file it is in. */
export interface PolicyEntry {
  readonly id: string;
  readonly file: string;
  readonly policy: OperationPolicy;
}

/** The content of all files of policy. */
export interface Policy {
  readonly entries: readonly PolicyEntry[];
  readonly settings: GatewaySettings;
  /** Field name → why it is opaque in some operations and classified in others. */
  readonly opaqueNames: Readonly<Record<string, string>>;
  /** The problems of the files, each with its file; nothing may be generated if there is one. */
  readonly problems: readonly string[];
}

/** The text of each file of policy, by its path below `root`. */
export function policyFiles(root: string): Map<string, string> {
  const groups = readdirSync(join(root, POLICY_FOLDER)).filter((name) => name.endsWith('.yaml'));
  const paths = [...groups.sort().map((name) => `${POLICY_FOLDER}/${name}`), ...Object.values(POLICY_FILES)];
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/**
 * Reads the policy, strictly: an unknown key, a wrong type, and a field that is classified twice are problems.
 *
 * @param files - path → text, as `policyFiles` returns it
 * @example
 * const policy = parsePolicy(policyFiles(root));
 * const problems = [...policy.problems, ...applyPolicy(description, policy)];
 */
export function parsePolicy(files: ReadonlyMap<string, string>): Policy {
  const problems: string[] = [];
  const read = <T>(file: string, shape: z.ZodType<T>): Content<T> =>
    readFile(file, files.get(file), shape, problems);
  const entries = [...files.keys()]
    .filter((file) => file.startsWith(`${POLICY_FOLDER}/`))
    .flatMap((file) => entriesOf(file, objectsIn(read(file, GROUP_FILE).written), problems));
  const { bounds = [], ...settings } = read(POLICY_FILES.gateway, GATEWAY_FILE).valid ?? {};
  const kinds = objectsIn(read(POLICY_FILES.kinds, KINDS_FILE).written) as Record<string, KindPolicy>;
  const migration = read(POLICY_FILES.migration, MIGRATION_FILE).valid;
  return {
    entries,
    settings: {
      ...settings,
      bounds: bounds.map(boundRule),
      kinds: migration === undefined ? kinds : withInventories(kinds, migration, problems),
    },
    opaqueNames: read(POLICY_FILES.opaqueNames, OPAQUE_NAMES_FILE).valid ?? {},
    problems,
  };
}

const GROUP_FILE = groupFile(z.string());

/** An operation as written in its file; `readFile` has reported its problems. */
type OperationFile = Fields & { readonly rules?: object };

/** A file as written, and as `T` if it has that shape. */
interface Content<T> {
  readonly written: unknown;
  readonly valid?: T;
}

function readFile<T>(
  file: string,
  text: string | undefined,
  shape: z.ZodType<T>,
  problems: string[],
): Content<T> {
  if (text === undefined) {
    problems.push(`${file}: the file is missing`);
    return { written: {} };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  for (const { pos, message } of document.errors)
    problems.push(`${file}:${lines.linePos(pos[0]).line}: ${message}`);
  // After a repeated key the rest can be read and its problems reported; after a syntax error it cannot.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return { written: {} };
  problems.push(...takeMarks(document, lines).map((marked) => markProblem(file, marked)));
  const written: unknown = document.toJS();
  const { success, error } = shape.safeParse(written);
  for (const { path, message } of error?.issues ?? [])
    problems.push(`${file}: ${[...path, message].join(': ')}`);
  // As written and not as zod returns it: the order of keys in the file is that of the catalog.
  return success ? { written, valid: written as T } : { written };
}

/** The entries of a file that are objects; the shape of the file has reported the others. */
function objectsIn(written: unknown): Record<string, object> {
  const entries = Object.entries(isObject(written) ? written : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, object] => isObject(entry[1])));
}

function entriesOf(file: string, content: Record<string, object>, problems: string[]): PolicyEntry[] {
  const { defaults, ...sections } = content;
  return Object.entries(sections).flatMap(([permission, section]) =>
    Object.entries(objectsIn(section)).flatMap(([ids, operation]) => {
      const { rules, ...fields } = operation as OperationFile;
      const { classes, problems: found } = placesOf(fields);
      problems.push(...found.map((problem) => `${file}: ${ids}: ${problem}`));
      const { unshared, ...rest }: Record<string, unknown> = { ...defaults, ...rules };
      const policy = {
        permission,
        ...rest,
        ...(unshared ? { unshared } : {}),
        fields: classes,
      } as OperationPolicy;
      return ids.split(', ').map((id) => ({ id, file, policy }));
    }),
  );
}

function boundRule({ of, ...bound }: z.infer<typeof GATEWAY_FILE>['bounds'][number]): BoundRule {
  const places = Object.entries(of).flatMap(([ids, fields]) =>
    ids.split(', ').flatMap((id) => fields.map((field) => `${id} ${field}`)),
  );
  return { ...bound, of: places };
}

function withInventories(
  kinds: Readonly<Record<string, KindPolicy>>,
  migration: z.infer<typeof MIGRATION_FILE>,
  problems: string[],
): Record<string, KindPolicy> {
  const { defaults, ...inventories } = migration;
  for (const kind of Object.keys(inventories)) {
    if (!(kind in kinds))
      problems.push(`${POLICY_FILES.migration}: ${kind}: ${POLICY_FILES.kinds} has no such kind`);
  }
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, policy]) => {
      const found = inventories[kind];
      if (found === undefined) return [kind, policy];
      const { list, variants, item, ...rest } = found;
      const { items, ...listed } = list;
      const inventory: KindInventory = {
        ...listed,
        variants,
        pages: defaults.pages,
        items,
        ...item,
        ...rest,
      };
      return [kind, { ...policy, inventory }];
    }),
  );
}

/** The group of a file of policy. */
export const groupOf = (file: string): string => basename(file, '.yaml');

/** The file of policy for the operations of a group. */
export const fileOf = (group: string): string => `${POLICY_FOLDER}/${group}.yaml`;
