import { statSync } from 'node:fs';
import { problemsOf } from '../files/problems.ts';
import { readFileBoundedSync } from '../files/read-file.ts';
import { LIMITS } from '../limits.ts';
import { requireCertificates } from '../tls/authorities.ts';
import { type KeyPair, requireKeyPair } from '../tls/key-pair.ts';
import type { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import type { IdentityFile } from './identity-file/identity-file.ts';
import { readVariable } from './read-values.ts';
import { VARIABLES } from './schema.ts';
import type { Variable } from './variable.ts';

/** The contents of the files that the configuration names. */
export interface ConfigFiles {
  /** PEM; at least one certificate. */
  readonly ca: string | undefined;
  /** The certificate and key of the gateway's own listener. */
  readonly tls?: KeyPair | undefined;
  /** PEM; the authorities of client certificates. */
  readonly clientCa?: string | undefined;
  /** The client certificate for MLflow, and its key. */
  readonly targetPair?: KeyPair | undefined;
  /** The contents of the roles file, read by `createRoles`. */
  readonly policy: string | undefined;
  /** The contents of the deny list, read by `parseDenyList`. */
  readonly denyList: string | undefined;
  /** The issuers of the identity file, its contents, and those of its table files by their paths. */
  readonly identity?:
    | (IdentityFile & { readonly text: string; readonly tables: ReadonlyMap<string, string> })
    | undefined;
}

/** How the contents are checked. */
export interface FileChecks {
  /** Throws for an invalid roles file: `RolesError`'s `problems`, or else the message, are added to the list. */
  readonly policy?: (contents: string) => unknown;
  /** Reads the identity file, after the roles file. Throws as `policy` does. */
  readonly identity?: (
    contents: string,
    path: string,
    readTable: (path: string, maxBytes: number) => string,
  ) => IdentityFile;
  /** Throws for an invalid deny list, likewise. */
  readonly denyList?: (contents: string) => unknown;
  /** For tests. @throws Error with the reason */
  readonly read?: (path: string, maxBytes: number) => string;
  /** The permissions of a file (`stat`'s `mode`); for tests. */
  readonly mode?: (path: string) => number | undefined;
}

/**
 * Reads the files that the configuration names. Separate from `loadConfig`, which stays pure. It reads the
 * environment rather than the configuration, so that it checks the files even if a variable has an error.
 *
 * @example
 * const loaded = loadConfig(env, facts);
 * const { files, errors } = readConfigFiles(env, { policy: (text) => createRoles({ policyFile: text }) });
 * const all = [...('errors' in loaded ? loaded.errors : []), ...errors];
 */
export function readConfigFiles(
  env: Environment,
  checks: FileChecks = {},
): {
  readonly files: ConfigFiles;
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly string[];
} {
  const read = checks.read ?? readFileBoundedSync;
  const errors: ConfigError[] = [];
  const load = <T>(
    variable: Variable,
    parse: (contents: string, path: string) => T,
    // A wrong path (a device, a dump) must not fill the memory.
    maxBytes: number = LIMITS.configurationFile.value,
  ): T | undefined => {
    const path = readVariable(env, variable);
    if (!('value' in path) || typeof path.value !== 'string') return undefined;
    try {
      return parse(read(path.value, maxBytes), path.value);
    } catch (error) {
      const name = path.setBy ?? variable.name;
      for (const why of problemsOf(error)) {
        const problem = `names ${JSON.stringify(path.value)}, which cannot be used: ${why}`;
        errors.push({ variable: name, problem, fix: 'Correct the path or the file.' });
      }
      return undefined;
    }
  };
  const checked =
    (check: (contents: string) => unknown = () => undefined) =>
    (contents: string): string => {
      check(contents);
      return contents;
    };
  const warnings: string[] = [];
  const loadPair = (certFile: Variable, keyFile: Variable): KeyPair | undefined => {
    const cert = load(certFile, requireCertificates);
    return load(keyFile, (key, path) => {
      const mode = (checks.mode ?? modeOf)(path);
      if (mode !== undefined && (mode & OTHERS_READ) !== 0)
        warnings.push(
          `${keyFile.name}: every user of this machine can read ${path}. Remove the right (chmod o-r).`,
        );
      return cert === undefined ? undefined : requireKeyPair(cert, key);
    });
  };
  const tls = loadPair(VARIABLES.tls.certFile, VARIABLES.tls.keyFile);
  const clientCa = load(VARIABLES.tls.clientCaFile, requireCertificates);
  const ca = load(VARIABLES.upstream.caFile, requireCertificates);
  const targetPair = loadPair(VARIABLES.upstream.certFile, VARIABLES.upstream.keyFile);
  const policy = load(VARIABLES.rbac.policyFile, checked(checks.policy));
  const tables = new Map<string, string>();
  const readTable = (path: string, maxBytes: number): string => {
    const text = read(path, maxBytes);
    tables.set(path, text);
    return text;
  };
  const identity = load(
    VARIABLES.auth.identityFile,
    (text, path) => checks.identity && { ...checks.identity(text, path, readTable), text, tables },
    LIMITS.identityFile.value,
  );
  const denyList = load(VARIABLES.auth.denyListFile, checked(checks.denyList), LIMITS.denyListFile.value);
  return { files: { tls, clientCa, ca, targetPair, policy, identity, denyList }, errors, warnings };
}

/** The bit of a file's permissions by which everyone reads it (inode(7)). */
const OTHERS_READ = 0o004;

function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode;
}
