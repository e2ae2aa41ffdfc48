import { describe, expect, test } from 'vitest';
import { SESSION_SECONDS, Sessions } from './session.ts';

const ALICE = { tenant: 'team-a', subject: 'alice' };

describe('Sessions', () => {
  test('reads a session that it wrote, until it expires', () => {
    let now = 0;
    const sessions = new Sessions(() => now);
    const text = sessions.write(ALICE);
    expect(text).toMatch(/^[\w-]+\.[\w-]+$/);
    now = SESSION_SECONDS * 1_000 - 1;
    expect(sessions.read(text)).toEqual(ALICE);
    now += 1;
    expect(sessions.read(text)).toBeUndefined();
  });

  test('refuses a changed session, a session of another process, and malformed text', () => {
    const sessions = new Sessions();
    const text = sessions.write(ALICE);
    const [payload = '', signature = ''] = text.split('.');
    const other = Buffer.from(JSON.stringify({ ...ALICE, tenant: 'team-b', ends: 1e15 })).toString(
      'base64url',
    );
    for (const wrong of [
      `${other}.${signature}`,
      `${payload}.${signature.slice(1)}`,
      `${payload}.`,
      `${text}.x`,
      payload,
      '',
      '.',
      new Sessions().write(ALICE),
    ])
      expect(sessions.read(wrong)).toBeUndefined();
    expect(sessions.read(text)).toEqual(ALICE);
  });
});
