import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
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
  /** The contents of the roles file, read by `createRoles`. */
  readonly policy: string | undefined;
  /** The issuers of the identity file. */
  readonly identity?: IdentityFile | undefined;
}

/** How the contents are checked. */
export interface FileChecks {
  /** Throws for an invalid roles file: `RolesError`'s `problems`, or else the message, are added to the list. */
  readonly policy?: (contents: string) => unknown;
  /** Reads the identity file, after the roles file. Throws as `policy` does. */
  readonly identity?: (contents: string, path: string) => IdentityFile;
  /** For tests. @throws as `readFileSync` does */
  readonly read?: (path: string) => string;
}

/** The largest file that is read, in bytes: a wrong path (a device, a dump) must not fill the memory. */
const MAX_FILE = 4 * 1024 * 1024;

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
): { readonly files: ConfigFiles; readonly errors: readonly ConfigError[] } {
  const read = checks.read ?? ((path) => readText(path));
  const errors: ConfigError[] = [];
  const load = <T>(variable: Variable, parse: (contents: string, path: string) => T): T | undefined => {
    const path = readVariable(env, variable);
    if (!('value' in path) || typeof path.value !== 'string') return undefined;
    try {
      return parse(read(path.value), path.value);
    } catch (error) {
      const name = path.setBy ?? variable.name;
      for (const why of reasons(error)) {
        const problem = `names ${JSON.stringify(path.value)}, which cannot be used: ${why}`;
        errors.push({ variable: name, problem, fix: 'Correct the path or the file.' });
      }
      return undefined;
    }
  };
  const checked =
    (check: (contents: string) => unknown) =>
    (contents: string): string => {
      check(contents);
      return contents;
    };
  const ca = load(VARIABLES.upstream.caFile, checked(checkCertificates));
  const policy = load(VARIABLES.rbac.policyFile, checked(checks.policy ?? (() => undefined)));
  const identity = load(VARIABLES.auth.identityFile, (contents, path) => checks.identity?.(contents, path));
  return { files: { ca, policy, identity }, errors };
}

/**
 * Reads a regular file.
 *
 * @throws Error if it is none, or larger than `maxBytes`
 * @example
 * readText('/etc/mlflow-gateway/identity/groups.json', 4 * 1024 * 1024);
 */
export function readText(path: string, maxBytes: number = MAX_FILE): string {
  const file = statSync(path);
  if (file.isDirectory()) throw new Error('it is a directory');
  if (!file.isFile()) throw new Error('it is not a regular file');
  if (file.size > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
  return readFileSync(path, 'utf8');
}

function checkCertificates(pem: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) throw new Error('it holds no PEM certificate');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw new Error('it holds a private key, which does not belong there');
  blocks.forEach((block, i) => {
    try {
      new X509Certificate(block);
    } catch {
      throw new Error(`certificate ${i + 1} in it cannot be read`);
    }
  });
}

const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  ENOTDIR: 'part of the path is not a directory',
};

/** The reasons of an error of reading or checking a file. */
export function reasons(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  if ('problems' in error && Array.isArray(error.problems)) return error.problems.map(String);
  const code = 'code' in error ? String(error.code) : '';
  return [CODES[code] ?? error.message];
}
