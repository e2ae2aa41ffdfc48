import { expect, test } from 'vitest';
import { certificateNames } from './certificate-names.ts';

test.each([
  [undefined, []],
  ['DNS:Proxy.example.com', ['proxy.example.com']],
  [
    'DNS:a.example, IP Address:10.0.0.1, URI:spiffe://cluster/ns/SSO, DNS:b.example',
    ['a.example', 'spiffe://cluster/ns/SSO', 'b.example'],
  ],
  ['email:proxy@example.com', []],
])('reads the names of %j', (text, names) => {
  expect(certificateNames(text)).toEqual(names);
});

test.each([
  // As Node quotes a name with a comma, so that it is not taken for two.
  [
    'a name that contains another',
    String.raw`DNS:"a.example\u002c DNS:proxy.example", DNS:b.example`,
    ['b.example'],
  ],
  ['a text that is cut', 'DNS:"proxy.example', []],
  ['an entry without a type', 'proxy.example', []],
])('an attacker gains no name by %s', (_what, text, names) => {
  expect(certificateNames(text)).toEqual(names);
});
