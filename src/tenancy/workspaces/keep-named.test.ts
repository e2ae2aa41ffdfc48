import { expect, test } from 'vitest';
import { denialOf } from '../../http/testing.ts';
import { keepNamed } from './keep-named.ts';

const keep = keepNamed({ rule: 'keep-named', items: 'workspaces', key: 'name', names: new Set(['team-a']) });
const filter = (text: string): Buffer => keep({ status: 200, headers: {}, body: Buffer.from(text) });

test('keeps the workspaces of the caller', () => {
  const text = filter('{"workspaces":[{"name":"team-a"},{"name":"team-b"},{},null],"more":1}').toString();
  expect(JSON.parse(text)).toEqual({ workspaces: [{ name: 'team-a' }], more: 1 });
});

test('keeps nothing of a response without a list', () => {
  expect(JSON.parse(filter('{}').toString())).toEqual({ workspaces: [] });
});

test.each(['not JSON', 'null', '[]x', '{"workspaces":{}}', '"text"'])(
  'the response %s is upstream_invalid',
  (text) => {
    expect(denialOf(() => filter(text)).reason).toBe('upstream_invalid');
  },
);
