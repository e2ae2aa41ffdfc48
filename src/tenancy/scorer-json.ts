import { JUDGES } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { printable } from '../request/printable.ts';
import type { FieldUse } from '../request/types.ts';

/** What a judge would have the server do that no tenant may ask of it. */
export type JudgeReach =
  /** Asks an endpoint of the AI gateway. */
  | 'gateway'
  /** Asks with the server's own login, at an address of the caller's choice, or with code of the caller's. */
  | 'server';

const schemes = (names: readonly string[]): RegExp => new RegExp(`(?:${names.join('|')}):/`, 'i');
const GATEWAY = schemes(JUDGES.gateway);
const SERVER = schemes(JUDGES.server);
const SERVER_MODELS = new Set(JUDGES.serverModels);
const KEYS = new Set(JUDGES.keys);
const ARGUMENTS = new Set(JUDGES.arguments);
const KNOWN = new Set(JUDGES.known);
/** A model that is an address, which some providers take for where to ask: `huggingface:/https://...`. */
const ADDRESS = /^[a-z_]\w*:\/\S*:\/\//i;

/**
 * What a scorer or an optimiser reaches, by every string and key in it at any depth. Text that quotes `gateway:/` counts:
 * what MLflow makes of it is not for the gateway to guess.
 *
 * @param text JSON that the gateway wrote (http/json-text.ts)
 * @example
 * reachOf('{"model":"gateway:/gpt"}'); // Set { 'gateway' }
 */
export function reachOf(text: string): ReadonlySet<JudgeReach> {
  const found = new Set<JudgeReach>();
  if (text !== '') look(JSON.parse(text), found);
  return found;
}

/** The same of a part of a model's name: its provider, or the name that the provider has for it. */
export function reachOfModel(name: string): ReadonlySet<JudgeReach> {
  const found = new Set<JudgeReach>();
  lookAtText(`${name.trim()}:/`, found);
  lookAtText(name, found);
  if (name.includes('://')) found.add('server');
  return found;
}

function look(value: unknown, found: Set<JudgeReach>): void {
  if (typeof value === 'string') lookAtText(value, found);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    // Python makes an entry of a map of such a pair.
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

function lookAtEntry(key: string, value: unknown, found: Set<JudgeReach>): void {
  // Clients write keys that they do not use with null.
  if (value === null) return;
  if (KEYS.has(key)) found.add('server');
  if (ARGUMENTS.has(key) && !hasKnownArguments(value)) found.add('server');
}

function hasKnownArguments(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => KNOWN.has(name));
}

function lookAtText(text: string, found: Set<JudgeReach>): void {
  let read = bare(text);
  for (let level = 0; level <= LIMITS.judgeEscapes.value; level++) {
    if (GATEWAY.test(read)) found.add('gateway');
    if (SERVER.test(read) || ADDRESS.test(read) || SERVER_MODELS.has(read.trim().toLowerCase()))
      found.add('server');
    if (!read.includes('\\')) return;
    read = unescaped(read);
  }
  found.add('gateway').add('server');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what urlsplit leaves out
const bare = (text: string): string => text.replace(/[\u0000-\u001f]/g, '');

const ESCAPE = /\\+(?:u([0-9a-f]{4})|U([0-9a-f]{8})|x([0-9a-f]{2})|([0-7]{1,3})|(.?))/gis;

/**
 * Text inside text, in whatever language it is written there: the escapes of JSON, Python and YAML, with
 * however many backslashes, since each level of text in text doubles them. An escape can stand for a backslash and so begin
 * another one: such levels are bounded.
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
 * Refuses judges that would use what is the server's.
 *
 * @param aiGateway whose the endpoints of the AI gateway are: the server's (`tags`), or each workspace's own
 * @throws DenialError `platform_admin_only`
 * @example
 * refuseJudges(request.uses, principal.platformAdmin, 'server');
 */
export function refuseJudges(
  uses: readonly FieldUse[],
  platformAdmin: boolean,
  aiGateway: 'server' | 'workspace',
): void {
  if (platformAdmin) return;
  for (const { policy, value, at } of uses) {
    if (policy.class !== 'judge' && policy.class !== 'model') continue;
    const reach = policy.class === 'judge' ? reachOf(value) : reachOfModel(value);
    if (aiGateway === 'server' && reach.has('gateway'))
      throw new DenialError(
        'platform_admin_only',
        `${printable(at)} names an endpoint of the AI gateway, which is for the role platform-admin.`,
      );
    if (reach.has('server'))
      throw new DenialError(
        'platform_admin_only',
        `${printable(at)} would have MLflow's server execute code, use its own login or call an address given here, which is for the role platform-admin: name a model such as openai:/gpt-4o, with no more than sampling parameters.`,
      );
  }
}
