import { X509Certificate } from 'node:crypto';
import { readFileBoundedSync } from '../files/read-file.ts';
import { LIMITS } from '../limits.ts';
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
  /** The contents of the deny list, read by `parseDenyList`. */
  readonly denyList: string | undefined;
  /** The issuers of the identity file, and its contents. */
  readonly identity?: (IdentityFile & { readonly text: string }) | undefined;
}

/** How the contents are checked. */
export interface FileChecks {
  /** Throws for an invalid roles file: `RolesError`'s `problems`, or else the message, are added to the list. */
  readonly policy?: (contents: string) => unknown;
  /** Reads the identity file, after the roles file. Throws as `policy` does. */
  readonly identity?: (contents: string, path: string) => IdentityFile;
  /** Throws for an invalid deny list, likewise. */
  readonly denyList?: (contents: string) => unknown;
  /** For tests. @throws Error with the reason */
  readonly read?: (path: string, maxBytes: number) => string;
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
): { readonly files: ConfigFiles; readonly errors: readonly ConfigError[] } {
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
      for (const why of reasons(error)) {
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
  const ca = load(VARIABLES.upstream.caFile, checked(checkCertificates));
  const policy = load(VARIABLES.rbac.policyFile, checked(checks.policy));
  const identity = load(
    VARIABLES.auth.identityFile,
    (text, path) => checks.identity && { ...checks.identity(text, path), text },
    LIMITS.identityFile.value,
  );
  const denyList = load(VARIABLES.auth.denyListFile, checked(checks.denyList), LIMITS.denyListFile.value);
  return { files: { ca, policy, identity, denyList }, errors };
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

function reasons(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  if ('problems' in error && Array.isArray(error.problems)) return error.problems.map(String);
  return [error.message];
}
