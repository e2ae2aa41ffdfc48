import { SCORERS } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { printable } from '../request/printable.ts';
import type { FieldUse } from '../request/types.ts';

/** A use of the server's own resources by a scorer, which no tenant may request. */
export type ServerUse =
  /** Asks an endpoint of the AI gateway. */
  | 'gateway'
  /** Uses the server's own login, calls an address that the caller chose, or runs the caller's code. */
  | 'server';

const schemes = (names: readonly string[]): RegExp => new RegExp(`(?:${names.join('|')}):/`, 'i');
const GATEWAY = schemes(SCORERS.gateway);
const SERVER = schemes(SCORERS.server);
const SERVER_MODELS = new Set(SCORERS.serverModels);
const KEYS = new Set(SCORERS.keys);
const ARGUMENTS = new Set(SCORERS.arguments);
const KNOWN = new Set(SCORERS.known);
/** A model that is an address, which some providers call: `huggingface:/https://...`. */
const ADDRESS = /^[a-z_]\w*:\/\S*:\/\//i;

/**
 * The uses of the server by a scorer or an optimiser, from every string and key in it at any depth. Text that only quotes
 * `gateway:/` counts too: the gateway does not guess how MLflow will use it.
 *
 * @param text JSON that the gateway wrote (request/json-text.ts)
 * @example
 * serverUseOf('{"model":"gateway:/gpt"}'); // Set { 'gateway' }
 */
export function serverUseOf(text: string): ReadonlySet<ServerUse> {
  const found = new Set<ServerUse>();
  if (text !== '') look(JSON.parse(text), found);
  return found;
}

/** The same for a part of a model's name: its provider, or the provider's name for it. */
export function serverUseOfModel(name: string): ReadonlySet<ServerUse> {
  const found = new Set<ServerUse>();
  lookAtText(`${name.trim()}:/`, found);
  lookAtText(name, found);
  if (name.includes('://')) found.add('server');
  return found;
}

function look(value: unknown, found: Set<ServerUse>): void {
  if (typeof value === 'string') lookAtText(value, found);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    // Python reads such a pair as an entry of a map.
    if (value.length === 2 && typeof value[0] === 'string') lookAtEntry(value[0], value[1], found);
    for (const item of value) look(item, found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    lookAtText(key, found);
    lookAtEntry(key, inner, found);
    look(inner, found);
  }
}

function lookAtEntry(key: string, value: unknown, found: Set<ServerUse>): void {
  // Clients write unused keys with null.
  if (value === null) return;
  if (KEYS.has(key)) found.add('server');
  if (ARGUMENTS.has(key) && !hasKnownArguments(value)) found.add('server');
}

function hasKnownArguments(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => KNOWN.has(name));
}

function lookAtText(text: string, found: Set<ServerUse>): void {
  let read = bare(text);
  for (let level = 0; level <= LIMITS.scorerEscapes.value; level++) {
    if (GATEWAY.test(read)) found.add('gateway');
    if (SERVER.test(read) || ADDRESS.test(read) || SERVER_MODELS.has(read.trim().toLowerCase()))
      found.add('server');
    if (!read.includes('\\')) return;
    read = unescaped(read);
  }
  found.add('gateway').add('server');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: urlsplit drops these
const bare = (text: string): string => text.replace(/[\u0000-\u001f]/g, '');

const ESCAPE = /\\+(?:u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2})|([0-7]{1,3})|(.?))/gis;

/**
 * Text inside text: the escapes of JSON, Python and YAML, with any number of backslashes, because each level of text in text
 * doubles them. An escape can stand for a backslash and so begin another one: the number of such levels is limited.
 */
function unescaped(text: string): string {
  const decoded = text.replace(ESCAPE, (_all, u, U, x, octal, other) => {
    const code = Number.parseInt(u ?? U ?? x ?? octal ?? '', octal === undefined ? 16 : 8);
    if (!Number.isNaN(code)) return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    return 'nrtbfv'.includes(other) ? '' : other;
  });
  return bare(decoded);
}

/**
 * Refuses scorers that would use the server's own resources.
 *
 * @param aiGateway the owner of the AI gateway's endpoints: the server (strategy `tags`), or each workspace
 * @throws DenialError `platform_admin_only`
 * @example
 * refuseServerUse(request.uses, principal.platformAdmin, 'server');
 */
export function refuseServerUse(
  uses: readonly FieldUse[],
  platformAdmin: boolean,
  aiGateway: 'server' | 'workspace',
): void {
  if (platformAdmin) return;
  for (const { policy, value, at } of uses) {
    if (policy.class !== 'scorer-json' && policy.class !== 'model') continue;
    const use = policy.class === 'scorer-json' ? serverUseOf(value) : serverUseOfModel(value);
    if (aiGateway === 'server' && use.has('gateway'))
      throw new DenialError(
        'platform_admin_only',
        `${printable(at)} names an endpoint of the AI gateway, which needs the role platform-admin.`,
      );
    if (use.has('server'))
      throw new DenialError(
        'platform_admin_only',
        `${printable(at)} would have MLflow's server execute code, use its own login or call an address given here, which needs the role platform-admin: name a model such as openai:/gpt-4o, with no more than sampling parameters.`,
      );
  }
}
