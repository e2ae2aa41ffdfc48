import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { ReservedTags } from './reserved-tags.ts';
import { checkValue } from './value-checks.ts';

const known = { namespace: 'mlflow.', keys: [], prefixes: [] };
const tags = new ReservedTags({ reserved: {}, admin: {} }, { known, refused: () => false });
const check = (value: string, platformAdmin: boolean): void =>
  checkValue({ policy: { class: 'platform-admin' }, at: 'action_endpoint_id', value }, tags, platformAdmin);

it('keeps a field from everyone but a platform admin', () => {
  const { reason, message } = denialOf(() => check('e-1', false));
  expect([reason, message]).toEqual([
    'platform_admin_only',
    'action_endpoint_id needs the role platform-admin.',
  ]);
  expect(check('e-1', true)).toBeUndefined();
});

it('accepts such a field without a value', () => expect(check('', false)).toBeUndefined());

const checkStatus = (value: string): void =>
  checkValue({ policy: { class: 'status' }, at: 'status', value }, tags, false);

it('refuses the status deleted, which has an operation with another permission, and accepts all others', () => {
  for (const status of ['draft', 'active', 'deprecated', 'Deleted', ''])
    expect(() => checkStatus(status)).not.toThrow();
  expect(denialOf(() => checkStatus('deleted')).reason).toBe('invalid_field');
});
