import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/** Finds one claim in a verified claims set; `undefined` when it is not there. */
export type ClaimReader = (claims: Readonly<Record<string, unknown>>) => unknown;

/** A valid tenant name: it becomes a workspace name or a tag value, and a field of the log. */
export const TENANT_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Longest subject, as OpenID Connect Core 1.0 section 2 limits `sub`. In UTF-16 code units. */
const MAX_SUBJECT_LENGTH = LIMITS.subjectLength.value;

/** Role values beyond these are ignored, which can only mean fewer permissions. */
export const MAX_ROLE_VALUES = LIMITS.roleValues.value;
const MAX_ROLE_VALUE_LENGTH = LIMITS.roleValueLength.value;

/**
 * Compiles a claim's name as configured. Three spellings:
 *
 * - starting with `/`: a JSON Pointer (RFC 6901), the only one that is never ambiguous: `/realm_access/roles`,
 *   `/https:~1~1acme.example~1roles`
 * - the exact name of a top-level claim, dots and all: `https://acme.example/roles`
 * - otherwise, with dots, a path: `realm_access.roles`
 *
 * A top-level claim of that exact name has precedence over the path. Only own properties count: `constructor.name` and
 * `__proto__` find a claim only if the token has it.
 *
 * @throws Error when the name is blank or not a valid pointer
 * @example
 * compileClaim('realm_access.roles')({ realm_access: { roles: ['admin'] } }); // ['admin']
 */
export function compileClaim(name: string): ClaimReader {
  if (name.trim() === '') throw new Error('A claim name must not be blank.');
  if (name.startsWith('/')) {
    const segments = parsePointer(name);
    return (claims) => walk(claims, segments, true);
  }
  const segments = name.split('.');
  if (segments.length === 1) return (claims) => own(claims, name);
  return (claims) => (Object.hasOwn(claims, name) ? claims[name] : walk(claims, segments, false));
}

/**
 * The name of a top-level claim as configured: a JSON Pointer with one segment, or the name itself.
 *
 * @example
 * topLevelName('/https:~1~1acme.example~1groups'); // 'https://acme.example/groups'
 */
export function topLevelName(name: string): string {
  return name.startsWith('/') ? unescapeSegment(name.slice(1)) : name;
}

/**
 * Reads the tenant from a claim's value. A list is refused, also a list of one: the choice between several tenants
 * must never depend on their order.
 *
 * @throws DenialError `tenant_claim_missing` (absent, null or blank) or `tenant_claim_invalid`
 * @example
 * parseTenantClaim('team-a', 'tenant_id'); // 'team-a'
 */
export function parseTenantClaim(value: unknown, name: string): string {
  if (value === undefined || value === null || (typeof value === 'string' && value.trim() === '')) {
    throw new DenialError('tenant_claim_missing', `Missing tenant claim: ${name}`);
  }
  if (typeof value !== 'string') {
    throw new DenialError('tenant_claim_invalid', `Tenant claim ${name} must be a single string`);
  }
  if (!TENANT_PATTERN.test(value)) {
    throw new DenialError(
      'tenant_claim_invalid',
      `Tenant claim ${name} must be 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit`,
    );
  }
  return value;
}

/**
 * True for a subject that is safe to write to a log: 1 to 255 characters, not blank, no control characters, no line
 * separators, no characters that turn the direction of text, well-formed Unicode.
 */
export function isSubject(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= MAX_SUBJECT_LENGTH &&
    value.trim() !== '' &&
    value.isWellFormed() &&
    !UNSAFE_IN_LOGS.test(value)
  );
}

const UNSAFE_IN_LOGS = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** The contents of a token's role claims. */
export interface RoleValues {
  /** At least one of the claims is present, with any value. */
  readonly present: boolean;
  /** At least one of them is an object, which is ignored: Zitadel sends roles in this form. */
  readonly objects: boolean;
  readonly values: readonly string[];
}

/**
 * Collects the values of all role claims. A claim may be a list of strings, each used unchanged, or one string: used
 * whole (a provider may write a single group that way) and split at commas and blanks (`scope`, RFC 6749
 * section 3.3). Any other value is ignored.
 *
 * @example
 * collectRoles({ roles: ['admin'], scope: 'openid viewer' }, [compileClaim('roles'), compileClaim('scope')]).values;
 * // ['admin', 'openid viewer', 'openid', 'viewer']
 */
export function collectRoles(
  claims: Readonly<Record<string, unknown>>,
  readers: readonly ClaimReader[],
): RoleValues {
  let present = false;
  let objects = false;
  const values: string[] = [];
  for (const read of readers) {
    const claim = read(claims);
    if (claim === undefined || claim === null) continue;
    present = true;
    if (typeof claim === 'object' && !Array.isArray(claim)) objects = true;
    for (const value of candidates(claim)) {
      if (values.length === MAX_ROLE_VALUES) return { present, objects, values };
      if (value !== '' && value.length <= MAX_ROLE_VALUE_LENGTH) values.push(value);
    }
  }
  return { present, objects, values };
}

function candidates(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.filter((item) => typeof item === 'string');
  if (typeof claim !== 'string') return [];
  const parts = claim.split(/[\s,]+/);
  return parts.length === 1 ? parts : [claim.trim(), ...parts];
}

function parsePointer(pointer: string): string[] {
  if (/~(?![01])/.test(pointer)) {
    throw new Error(
      `${JSON.stringify(pointer)} is not a JSON Pointer: ~ must be written ~0, and / inside a name ~1.`,
    );
  }
  return pointer.slice(1).split('/').map(unescapeSegment);
}

/** Decodes a segment of a JSON Pointer (RFC 6901, section 4). */
function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function walk(claims: unknown, segments: readonly string[], intoLists: boolean): unknown {
  let value: unknown = claims;
  for (const segment of segments) {
    if (Array.isArray(value) && !(intoLists && /^(?:0|[1-9]\d*)$/.test(segment))) return undefined;
    value = own(value, segment);
  }
  return value;
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
