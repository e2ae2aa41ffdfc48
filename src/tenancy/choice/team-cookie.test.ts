import { describe, expect, it } from 'vitest';
import { readHeaders } from '../../http/headers.ts';
import { readTeamCookie, writeTeamCookie } from './team-cookie.ts';

const caller = (subject: string, tenants: readonly string[], issuer = 'https://idp.example') => ({
  subject,
  issuer,
  grants: new Map(tenants.map((tenant) => [tenant, { tenant, roles: [] }])),
});
const ALICE = caller('alice', ['team-a', 'team-b']);
const PLACE = { prefix: '', secure: false };

const pairOf = (cookie: string): string => cookie.split(';', 1)[0]!;
const read = (cookie: string, by = ALICE) => readTeamCookie(readHeaders(['Cookie', cookie]), by);
const CHOSEN = pairOf(writeTeamCookie(ALICE, 'team-b', PLACE));

describe('the cookie with the team', () => {
  it('remembers the choice of the caller', () => {
    expect(read(`x=1; ${CHOSEN}; y=2`)).toEqual({ tenant: 'team-b' });
    expect(readTeamCookie(readHeaders([]), ALICE)).toBeUndefined();
    expect(read('mlflow-gateway-team2=x; other=mlflow-gateway-team')).toBeUndefined();
  });

  it('is for the gateway’s path, and hidden from pages and other sites', () => {
    expect(writeTeamCookie(ALICE, 'team-b', PLACE)).toMatch(
      /^mlflow-gateway-team=[\w-]{22}\.team-b; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax$/,
    );
    expect(writeTeamCookie(ALICE, 'team-b', { prefix: '/mlflow', secure: true })).toMatch(
      /; Path=\/mlflow\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  it('does not count for another subject or another issuer', () => {
    expect(read(CHOSEN, caller('bob', ['team-a', 'team-b']))).toEqual({ ignored: 'other_caller' });
    expect(read(CHOSEN, caller('alice', ['team-a', 'team-b'], 'https://other.example'))).toEqual({
      ignored: 'other_caller',
    });
    // The pair is unambiguous.
    const joined = pairOf(writeTeamCookie({ issuer: 'a', subject: 'bc' }, 'team-a', PLACE));
    expect(read(joined, caller('c', ['team-a'], 'ab'))).toEqual({ ignored: 'other_caller' });
  });

  it('does not count for a tenant that the token does not grant', () => {
    expect(read(CHOSEN, caller('alice', ['team-a', 'team-c']))).toEqual({ ignored: 'not_granted' });
    expect(read(CHOSEN.replace('team-b', 'team-x'))).toEqual({ ignored: 'not_granted' });
    expect(read(CHOSEN.replace('team-b', 'TEAM-B'))).toEqual({ ignored: 'not_granted' });
  });

  it.each([
    'mlflow-gateway-team=',
    'mlflow-gateway-team=team-b',
    `mlflow-gateway-team=${'A'.repeat(22)}.`,
    `mlflow-gateway-team=${'A'.repeat(22)}.../x`,
    `${CHOSEN}"`,
    `${CHOSEN}%20`,
    `mlflow-gateway-team=${'A'.repeat(22)}.${'t'.repeat(129)}`,
  ])('ignores malformed text: %s', (cookie) => {
    expect(read(cookie)).toEqual({ ignored: 'malformed' });
  });

  it('ignores two cookies that differ, as a parent domain can set one', () => {
    const other = pairOf(writeTeamCookie(ALICE, 'team-a', PLACE));
    expect(read(`${CHOSEN}; ${other}`)).toEqual({ ignored: 'malformed' });
    expect(read(`${CHOSEN}; ${CHOSEN}`)).toEqual({ tenant: 'team-b' });
  });
});
