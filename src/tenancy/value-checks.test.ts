import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { ReservedTags } from './reserved-tags.ts';
import { checkValue } from './value-checks.ts';

const tags = new ReservedTags(
  {},
  { known: { namespace: 'mlflow.', keys: [], prefixes: [] }, refused: () => false },
);
const check = (value: string): void => checkValue({ policy: { class: 'status' }, at: 'status', value }, tags);

it('accepts every status but deleted, for which there is an operation with another permission', () => {
  for (const status of ['draft', 'active', 'deprecated', 'Deleted', ''])
    expect(() => check(status)).not.toThrow();
  expect(denialOf(() => check('deleted')).reason).toBe('invalid_field');
});
