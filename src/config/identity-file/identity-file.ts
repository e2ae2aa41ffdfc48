import { dirname, resolve } from 'node:path';
import type { RoleWords } from '../../identity/grants/problems.ts';
import type { IssuerConfig } from '../../identity/issuer/issuer-config.ts';
import { LIMITS } from '../../limits.ts';
import { isPlainRemote, plainHttpWarning } from '../provider-urls.ts';
import { type GroupTable, groupTable } from './grant-fields.ts';
import { IdentityFileError } from './identity-file-error.ts';
import { type IssuerContext, issuerShape } from './issuer-fields.ts';
import { Problems, pathOf, shown } from './problems.ts';
import { readTree } from './read-tree.ts';
import { list, object } from './shape.ts';

/** The contents of the identity file, and of the table files that it names. */
export interface IdentityFile {
  readonly issuers: readonly IssuerConfig[];
  /** The table files, by their full paths, each once. */
  readonly tableFiles: readonly string[];
  /** Settings that are allowed but probably unintended. */
  readonly warnings: readonly string[];
}

/** Options of {@link parseIdentityFile}. */
export interface IdentityFileOptions {
  /** The path of the file. Relative paths in the file begin at its folder. */
  readonly path: string;
  /** The roles and their aliases. Without them, roles and patterns are not checked: only if the roles are wrong themselves. */
  readonly roles?: RoleWords | undefined;
  /**
   * The text of a table file, at most `maxBytes`.
   *
   * @throws Error with the reason, to follow the name of the file: `there is no such file`
   */
  readonly readTable: (path: string, maxBytes: number) => string;
}

/**
 * Reads an identity file (`GW_IDENTITY_FILE`): YAML or JSON, described in docs/identity.md. Strict: unknown and repeated keys, values
 * of another type, and values that YAML reads in more than one way are refused.
 *
 * It is synchronous and pure except for `readTable`, and it is called again when a file has changed. A file of 1 MiB in YAML takes
 * some hundred milliseconds; JSON a fifteenth of it.
 *
 * @param text at most 1 MiB (`LIMITS.identityFile`)
 * @throws IdentityFileError with every problem, each with its path in the file
 * @example
 * const { issuers } = parseIdentityFile(text, {
 *   path: '/etc/mlflow-gateway/identity/identity.yaml',
 *   roles: createRoles(),
 *   readTable: (path) => readFileSync(path, 'utf8'),
 * });
 */
export function parseIdentityFile(text: string, options: IdentityFileOptions): IdentityFile {
  const problems = new Problems();
  const tables = new TableFiles(options);
  const tree = readTree(text, LIMITS.identityFile.value, problems);
  const file =
    tree === undefined
      ? undefined
      : identityFileShape({
          roles: options.roles,
          resolve: (path) => resolve(dirname(options.path), path),
          table: (path, at, into) => tables.read(path, at, into),
        }).read(tree, '', problems);
  if (file !== undefined) {
    checkUnique(file.issuers, problems);
    checkIntrospection(file.issuers, problems);
    checkEntries(file.issuers, problems);
  }
  if (file === undefined || problems.count > 0) throw new IdentityFileError(problems.list());
  return { issuers: file.issuers, tableFiles: tables.paths(), warnings: plainHttp(file.issuers) };
}

/** The file as a whole. */
export function identityFileShape(context: IssuerContext) {
  return object({
    issuers: {
      shape: list(issuerShape(context), { most: LIMITS.identityIssuers.value }),
      required: true,
      description:
        'The issuers whose tokens are accepted. A token belongs to the issuer that its `iss` names.',
    },
  });
}

class TableFiles {
  readonly #options: IdentityFileOptions;
  readonly #read = new Map<string, GroupTable | undefined>();

  constructor(options: IdentityFileOptions) {
    this.#options = options;
  }

  paths(): readonly string[] {
    return [...this.#read.keys()];
  }

  /** A file that several rules name is read, and its problems are listed, once. */
  read(path: string, at: string, problems: Problems): GroupTable | undefined {
    const full = resolve(dirname(this.#options.path), path);
    if (this.#read.has(full)) return this.#read.get(full);
    const table = this.#parse(full, `${at} ${shown(path)}`, problems);
    this.#read.set(full, table);
    return table;
  }

  #parse(path: string, at: string, problems: Problems): GroupTable | undefined {
    const most = LIMITS.identityTableFile.value;
    let text: string;
    try {
      text = this.#options.readTable(path, most);
    } catch (error) {
      problems.add(at, `cannot be read: ${(error as Error).message}`);
      return undefined;
    }
    const own = new Problems();
    const tree = readTree(text, most, own);
    const table = tree === undefined ? undefined : groupTable.read(tree, '', own);
    for (const problem of own.list()) problems.add(at, problem);
    return table;
  }
}

function checkUnique(issuers: readonly IssuerConfig[], problems: Problems): void {
  const first = new Map<string | undefined, number>();
  issuers.forEach(({ issuer }, i) => {
    const other = first.get(issuer);
    if (other === undefined) first.set(issuer, i);
    else
      problems.add(
        pathOf(pathOf('issuers', i), 'issuer'),
        `is the issuer of issuers[${other}] too. Write one issuer with the grants of both`,
      );
  });
}

/** An opaque token names no issuer. */
function checkIntrospection(issuers: readonly IssuerConfig[], problems: Problems): void {
  const asked = issuers.flatMap(({ introspection }, i) => (introspection === undefined ? [] : [i]));
  for (const i of asked.slice(1))
    problems.add(
      `issuers[${i}].introspection`,
      `may be set for one issuer only, and is for issuers[${asked[0]}] too: an opaque token names no issuer`,
    );
}

function checkEntries(issuers: readonly IssuerConfig[], problems: Problems): void {
  const most = LIMITS.groupTableEntries.value;
  const tables = new Set(
    issuers.flatMap(({ grants }) =>
      grants.flatMap((rule) => (rule.kind === 'group-table' ? [rule.table] : [])),
    ),
  );
  const count = [...tables].reduce((sum, { size }) => sum + size, 0);
  if (count > most)
    problems.add('', `has ${count} entries in tables of groups, and may have at most ${most}`);
}

function plainHttp(issuers: readonly IssuerConfig[]): readonly string[] {
  return issuers.flatMap(({ issuer, keys, introspection }, i) => {
    const fetched = [
      keys.from === 'discovery' ? (['issuer', issuer] as const) : undefined,
      keys.from === 'uri' ? (['keys.uri', keys.uri] as const) : undefined,
      introspection && (['introspection.uri', introspection.uri] as const),
    ];
    return fetched.flatMap((one) =>
      one?.[1] !== undefined && isPlainRemote(one[1]) ? [plainHttpWarning(`issuers[${i}].${one[0]}`)] : [],
    );
  });
}
