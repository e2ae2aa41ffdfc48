import { describe, expect, it } from 'vitest';
import { readHeaders } from './headers.ts';
import { OriginCheck } from './origin.ts';
import { denialOf } from './testing.ts';

const check = new OriginCheck(['https://portal.example']);

describe('OriginCheck', () => {
  it.each([
    ['http://gw:8000', 'gw:8000'],
    ['https://gw', 'gw'],
    ['https://gw', 'gw:443'],
    ['http://GW', 'gw:80'],
  ])('treats %s at %s as the gateway itself', (origin, host) => {
    expect(check.check(readHeaders(['Origin', origin]), host)).toEqual({});
  });

  it('names an allowed origin in the response', () => {
    expect(check.check(readHeaders(['Origin', 'https://portal.example']), 'gw')).toMatchObject({
      'access-control-allow-origin': 'https://portal.example',
      vary: 'Origin',
    });
  });

  it.each([
    ['null', 'gw'],
    ['https://evil.example', 'gw'],
    ['https://portal.example.evil', 'gw'],
    ['https://gw:8443', 'gw'],
    ['https://gw@evil', 'gw'],
    ['http://gw/', 'gw'],
    ['https://portal.example:444', 'gw'],
  ])('refuses %s at %s', (origin, host) => {
    expect(denialOf(() => check.check(readHeaders(['Origin', origin]), host)).reason).toBe('origin_refused');
  });
});
