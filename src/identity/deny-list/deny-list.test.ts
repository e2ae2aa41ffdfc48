import { expect, test } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { DenyListError, parseDenyList } from './deny-list-file.ts';
import { readTime } from './read-time.ts';
import { requireNotDenied } from './require-not-denied.ts';

const IDP = 'https://idp.example';
const OTHER = 'https://other.example';
const T = Date.parse('2026-11-27T18:00:00Z');

const list = (...denied: object[]) => parseDenyList(JSON.stringify({ denied }));

/** A caller with a token of an hour ago. */
const caller = (subject: string, issuer = IDP, token: object = {}) => ({
  issuer,
  subject,
  token: { id: 'id-1', issuedAt: T / 1_000 - 3_600, ...token },
});

function problemsOf(text: string): readonly string[] {
  try {
    parseDenyList(text);
  } catch (error) {
    if (error instanceof DenyListError) return error.problems;
    throw error;
  }
  throw new Error('it was accepted');
}

test('a subject is denied at its own issuer only', () => {
  const denied = list({ issuer: IDP, subject: 'mallory', comment: 'left' });
  expect(denied.denies(caller('mallory'), T)).toBe(true);
  expect(denied.denies(caller('mallory', OTHER), T)).toBe(false);
  expect(denied.denies(caller('Mallory'), T)).toBe(false);
  expect(denied.denies(caller('alice'), T)).toBe(false);
});

test('a token is denied by its id, the same caller with another token is not', () => {
  const denied = list({ issuer: IDP, tokenId: 'id-1' });
  expect(denied.denies(caller('alice'), T)).toBe(true);
  expect(denied.denies(caller('alice', IDP, { id: 'id-2' }), T)).toBe(false);
  expect(denied.denies(caller('alice', IDP, { id: undefined }), T)).toBe(false);
  expect(denied.denies(caller('alice', OTHER), T)).toBe(false);
});

test.each([
  ['of a subject', { subject: 'alice' }, 'bob'],
  ['of an issuer', {}, undefined],
])('tokens %s issued before a time are denied, later ones are not', (_, named, spared) => {
  const denied = list({ issuer: IDP, ...named, issuedBefore: '2026-11-27T18:00:00Z' });
  const issued = (issuedAt: number | undefined) => denied.denies(caller('alice', IDP, { issuedAt }), T);
  expect(issued(T / 1_000 - 1)).toBe(true);
  expect(issued(T / 1_000 - 0.001)).toBe(true);
  expect(issued(T / 1_000)).toBe(false);
  // Without iat it may be older.
  expect(issued(undefined)).toBe(true);
  expect(denied.denies({ issuer: IDP, subject: 'alice' }, T)).toBe(true);
  if (spared !== undefined) expect(denied.denies(caller(spared), T)).toBe(false);
  expect(denied.denies(caller('alice', OTHER), T)).toBe(false);
});

test('an entry has no effect from its end on', () => {
  const denied = list({ issuer: IDP, subject: 'alice', until: '2026-11-27T19:00:00+01:00' });
  expect(denied.denies(caller('alice'), T - 1)).toBe(true);
  expect(denied.denies(caller('alice'), T)).toBe(false);
});

test('an entry about a subject leaves the entry about its issuer in effect', () => {
  const denied = list(
    { issuer: IDP, issuedBefore: '2026-11-27T18:00:00Z' },
    { issuer: IDP, subject: 'alice', until: '2026-01-01T00:00:00Z' },
    { issuer: IDP, tokenId: 'id-2' },
  );
  expect(denied.denies(caller('alice'), T)).toBe(true);
  expect(denied.denies(caller('alice', IDP, { id: 'id-2', issuedAt: T / 1_000 + 1 }), T)).toBe(true);
  expect(denied.denies(caller('alice', IDP, { issuedAt: T / 1_000 + 1 }), T)).toBe(false);
  expect(denied.size).toBe(3);
  expect(denied.issuers()).toEqual([IDP]);
});

test('names of objects are names like others', () => {
  const denied = list({ issuer: IDP, subject: '__proto__' }, { issuer: 'constructor', subject: 'x' });
  expect(denied.denies(caller('__proto__'), T)).toBe(true);
  expect(denied.denies(caller('toString'), T)).toBe(false);
  expect(denied.denies(caller('y', 'toString'), T)).toBe(false);
});

test('a denied caller gets 401 token_denied with a challenge', () => {
  const denied = list({ issuer: IDP, subject: 'mallory' });
  expect(() => requireNotDenied(denied, caller('alice'), T)).not.toThrow();
  expect(() => requireNotDenied(undefined, caller('mallory'), T)).not.toThrow();
  expect(() => requireNotDenied(denied, caller('mallory'), T)).toThrow(
    expect.objectContaining({
      reason: 'token_denied',
      headers: { 'WWW-Authenticate': expect.stringContaining('error="invalid_token"') },
    }),
  );
});

test('all problems are reported, by their path', () => {
  const denied = [
    { issuer: IDP },
    { issuer: ' ', subject: 'a' },
    { issuer: IDP, subject: 'a', tokenId: 'b' },
    { issuer: IDP, tokenId: 'b', issuedBefore: '2026-11-27T18:00:00Z' },
    { issuer: IDP, subject: '' },
    { issuer: IDP, subject: 'a', until: '2026-11-27' },
    { issuer: IDP, subject: 'a', reason: 'left' },
    { subject: 'a' },
  ];
  expect(problemsOf(JSON.stringify({ denied: denied.slice(4).concat(denied[1]!) }))).toEqual([
    'denied[0].subject: must not be blank',
    'denied[1].until: must be a time such as 2026-11-27T18:30:00Z (RFC 3339)',
    'denied[2]: Unrecognized key: "reason"',
    'denied[3].issuer: Invalid input: expected string, received undefined',
    'denied[4].issuer: must not be blank',
  ]);
  const meaning = [
    denied[0],
    denied[2],
    denied[3],
    { issuer: IDP, subject: 'x' },
    { issuer: IDP, subject: 'x' },
  ];
  expect(problemsOf(JSON.stringify({ denied: meaning }))).toEqual([
    'denied[0]: needs subject, tokenId or issuedBefore; to end a whole issuer, remove it from the identity configuration',
    'denied[1]: tokenId names one token; remove subject and issuedBefore',
    'denied[2]: tokenId names one token; remove subject and issuedBefore',
    'denied[4]: is for the same caller or token as denied[3]',
  ]);
});

test.each([
  ['nothing', '', 'deny list: it is not valid JSON (RFC 8259).'],
  ['a list', '[]', 'deny list: Invalid input: expected object, received array'],
  ['no list', '{}', 'denied: Invalid input: expected array, received undefined'],
  ['another property', '{"denied":[],"deny":[]}', 'deny list: Unrecognized key: "deny"'],
  ['a repeated key', '{"denied":[],"denied":[]}', 'deny list: it holds the same key twice in one object.'],
])('a file with %s is refused', (_, text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test('the number of entries is limited', () => {
  const entries = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      issuer: IDP,
      subject: `s${i}`,
      issuedBefore: '2026-11-27T18:00:00Z',
      until: '2027-11-27T18:00:00Z',
      comment: 'c',
    }));
  const most = LIMITS.denyListEntries.value;
  expect(list(...entries(most)).size).toBe(most);
  expect(problemsOf(JSON.stringify({ denied: entries(most + 1) }))).toEqual([
    `denied: may have at most ${most} entries; remove those whose tokens have expired`,
  ]);
});

test('an empty list denies no caller', () => {
  expect(list().denies(caller('alice'), T)).toBe(false);
});

test.each([
  ['2026-11-27T18:00:00Z', T],
  ['2026-11-27T18:00:00.250Z', T + 250],
  ['2026-11-27T19:30:00+01:30', T],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2026-02-29T00:00:00Z', undefined],
  ['2026-04-31T00:00:00Z', undefined],
  ['2026-11-27T24:00:00Z', undefined],
  ['2026-11-27T18:60:00Z', undefined],
  ['2026-13-01T18:00:00Z', undefined],
  ['2026-11-27T18:00:00', undefined],
  ['2026-11-27 18:00:00Z', undefined],
  ['2026-11-27', undefined],
  ['1795802400', undefined],
])('the time %s is %s', (text, at) => {
  expect(readTime(text)).toBe(at);
});
