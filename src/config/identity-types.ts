import { compileClaim, TENANT_PATTERN } from '../identity/claims.ts';
import { ALGORITHMS } from '../identity/jwks.ts';
import { searchesThatCannotName } from '../tenancy/filter/tenant-filter.ts';
import { TenantNames } from '../tenancy/tenant-names.ts';
import { InvalidValueError, quote, tryParse, type ValueType, valueType } from './value-type.ts';

/** A signature algorithm of JOSE that uses a key pair; `none` and the HMAC ones are not in the list. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** An allowed signature algorithm (RFC 7518, section 3.1). Names are compared exactly, as JOSE does. */
export function algorithm(): ValueType<Algorithm> {
  return valueType(ALGORITHMS.map((name) => `\`${name}\``).join(', '), (value) => {
    const known = ALGORITHMS.find((name) => name === value);
    if (known === undefined) throw new InvalidValueError(`must name only ${ALGORITHMS.join(', ')}`);
    return known;
  });
}

/** The name of a claim, a dotted path, or a JSON Pointer (RFC 6901); kept as written. */
export function claimName(): ValueType<string> {
  return valueType('claim', (value) => {
    try {
      compileClaim(value);
    } catch (error) {
      throw new InvalidValueError(
        `must be a claim name, a dotted path or a JSON Pointer: ${(error as Error).message}`,
      );
    }
    return value;
  });
}

/** The token issuer: compared with `iss` character by character, so kept as written (RFC 7519, section 4.1.1). */
export function issuer(): ValueType<string> {
  return valueType('URL', (value) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones refused
    if (/[\u0000-\u0020\u007f]/.test(value))
      throw new InvalidValueError('must not contain blanks or control characters');
    return value;
  });
}

/** A role's name, built in or from the roles file. */
export function roleName(): ValueType<string> {
  return valueType('role', (value) => {
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(value)) {
      throw new InvalidValueError(
        'must be the name of a role: viewer, contributor, admin or one of the roles file',
      );
    }
    if (value === 'platform-admin')
      throw new InvalidValueError('must be a role inside a tenant, not platform-admin');
    return value;
  });
}

/** The numeric id of an MLflow experiment, in the one spelling that MLflow itself uses. */
export function experimentId(): ValueType<string> {
  return valueType('experiment id', (value) => {
    if (!/^(0|[1-9]\d{0,18})$/.test(value)) throw new InvalidValueError('must be numeric experiment ids');
    return value;
  });
}

/** Shared experiments: ids, or the word `none`. */
export function sharedExperiments(ids: ValueType<readonly string[]>): ValueType<readonly string[]> {
  return valueType('comma-separated experiment ids, or `none`', (value) => {
    if (value.toLowerCase() === 'none') return [];
    const parsed = tryParse(ids, value);
    if ('value' in parsed) return parsed.value;
    throw new InvalidValueError(`${parsed.invalid}, or the word none`);
  });
}

/** The key of the tag that names the owner: only characters that all of MLflow's filter dialects can quote. */
export function tagKey(): ValueType<string> {
  return valueType('tag key', (value) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(value)) {
      throw new InvalidValueError('must be 1 to 100 letters, digits or "_", not starting with a digit');
    }
    const [search] = searchesThatCannotName(value);
    if (search !== undefined) {
      throw new InvalidValueError(
        `must be another key, for example tenant or owner_team: MLflow's search for ${search} does not support this key`,
      );
    }
    return value;
  });
}

/**
 * The root of the tenants' own artifacts: a URI with `{tenant}` as one whole segment. Below MLflow's artifact proxy
 * another segment must precede it; otherwise a tenant called `3` would have the directory of experiment 3.
 */
export function artifactRoot(): ValueType<string> {
  return valueType('URI with `{tenant}`', (value) => {
    const parts = /^([a-z][a-z0-9+.-]*):\/{1,3}([^{}]*\/)?\{tenant\}((?:\/[^{}]*)?)$/.exec(value);
    if (parts === null)
      throw new InvalidValueError(
        'must be a URI with one whole segment {tenant}, as in s3://bucket/tenants/{tenant}',
      );
    const [, scheme = '', before = '', after = ''] = parts;
    if (/[\s\\?#%]|\/\/|(^|\/)\.{1,2}(\/|$)/.test(`${before}x${after}`))
      throw new InvalidValueError('must not contain blanks, "\\", "?", "#", "%", "//", "." or ".." segments');
    if (scheme === 'mlflow-artifacts' && !/^[A-Za-z_][\w.-]*\//.test(before))
      throw new InvalidValueError(
        'must have a word before {tenant}, as in mlflow-artifacts:/tenants/{tenant}',
      );
    return value.replace(/\/$/, '');
  });
}

const names = new TenantNames({ map: new Map(), allowDefault: true });

/**
 * Tenant -> workspace, as `tenant=workspace,...` or as a JSON object. Each tenant and each workspace occurs once, since
 * two tenants in one workspace would be one tenant.
 */
export function tenantMap(): ValueType<ReadonlyMap<string, string>> {
  return valueType('`tenant=workspace,...` or a JSON object', (value) => {
    const map = new Map<string, string>();
    const workspaces = new Set<string>();
    for (const [tenant, workspace] of value.startsWith('{') ? jsonPairs(value) : csvPairs(value)) {
      if (!TENANT_PATTERN.test(tenant))
        throw new InvalidValueError(`must map tenant names (${quote(tenant)} is not one)`);
      if (!names.isUsable(workspace)) {
        throw new InvalidValueError(
          `must map to workspace names of 2 to 63 of a-z, 0-9 and "-" (${quote(workspace)} is not one)`,
        );
      }
      if (map.has(tenant))
        throw new InvalidValueError(`must name each tenant once (${quote(tenant)} is there twice)`);
      if (workspaces.has(workspace)) {
        throw new InvalidValueError(
          `must give each tenant a workspace of its own (${quote(workspace)} is there twice)`,
        );
      }
      map.set(tenant, workspace);
      workspaces.add(workspace);
    }
    return map;
  });
}

function csvPairs(value: string): [string, string][] {
  const parts = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) throw new InvalidValueError('must have at least one tenant=workspace');
  return parts.map((part) => {
    const [tenant, workspace, ...rest] = part.split('=').map((side) => side.trim());
    if (tenant === undefined || workspace === undefined || rest.length > 0) {
      throw new InvalidValueError(`must be tenant=workspace pairs (${quote(part)} is not one)`);
    }
    return [tenant, workspace];
  });
}

function jsonPairs(value: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new InvalidValueError('must be tenant=workspace pairs or a JSON object; it is not valid JSON');
  }
  return Object.entries(parsed as object).map(([tenant, workspace]) => {
    if (typeof workspace !== 'string')
      throw new InvalidValueError(`must map to text (${quote(tenant)} does not)`);
    return [tenant, workspace];
  });
}
