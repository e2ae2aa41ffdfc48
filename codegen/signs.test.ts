import { expect, test } from 'vitest';
import type { Field, FieldClass } from '../src/catalog/types.ts';
import type { OperationPolicy } from './description.ts';
import { planSigns } from './signs.ts';

const LIFETIME: FieldClass = { class: 'lifetime', seconds: 900 };
const ASKED: FieldClass = { class: 'presigned' };

const field = (policy: FieldClass, rest: Partial<Field> = {}): Field => ({
  name: 'f',
  type: policy.class === 'lifetime' ? 'int64' : 'string',
  policy,
  ...rest,
});

type Fields = Partial<Parameters<typeof planSigns>[1]>;

function plan(signs: OperationPolicy['signs'], fields: Fields) {
  const problems: string[] = [];
  const planned = planSigns(
    signs,
    { path: [], query: [], headers: [], bodyFields: [], ...fields },
    (text) => void problems.push(text),
  );
  return { planned, problems };
}

test.each<[string, OperationPolicy['signs'], Fields, unknown]>([
  ['without signed URLs', undefined, {}, undefined],
  [
    'with a lifetime in the body',
    { urls: 'credentials.url' },
    { bodyFields: [field(LIFETIME)] },
    { urls: ['credentials', 'url'] },
  ],
  ['with presigned in the query', { urls: 'url' }, { query: [field(ASKED)] }, { urls: ['url'] }],
  [
    'with the lifetime of MLflow’s source',
    { seconds: 3600, unsupported: 'No' },
    {},
    { seconds: 3600, unsupported: 'No' },
  ],
])('an operation %s has its plan', (_, signs, fields, expected) => {
  expect(plan(signs, fields)).toEqual({ planned: expected, problems: [] });
});

const URLS = { urls: 'url' };
test.each<[string, OperationPolicy['signs'], Fields]>([
  ['a lifetime without signs', undefined, { bodyFields: [field(LIFETIME)] }],
  ['presigned without signs', undefined, { query: [field(ASKED)] }],
  ['a lifetime in the query', URLS, { query: [field(LIFETIME)] }],
  ['a lifetime in a header', URLS, { headers: [field(LIFETIME)] }],
  ['presigned in a path', URLS, { path: [{ name: 'f', policy: ASKED }] }],
  ['presigned in the body', URLS, { bodyFields: [field(ASKED)] }],
  [
    'a lifetime inside an object',
    URLS,
    { bodyFields: [{ name: 'o', type: 'object', fields: [field(LIFETIME)] }] },
  ],
  ['a lifetime that is text', URLS, { bodyFields: [field(LIFETIME, { type: 'string' })] }],
  ['a list of lifetimes', URLS, { bodyFields: [field(LIFETIME, { repeated: true })] }],
  ['two lifetimes', URLS, { bodyFields: [field(LIFETIME), field(LIFETIME, { name: 'g' })] }],
])('%s is a problem', (_, signs, fields) => {
  expect(plan(signs, fields).problems.length).toBeGreaterThan(0);
});
