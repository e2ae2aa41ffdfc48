import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { ReservedTags } from './reserved-tags.ts';

const tags = new ReservedTags({ trace: ['mlflow.artifactLocation'], '*': ['everywhere'] });
const check = (kind: string, value: string): void =>
  tags.check({ policy: { class: 'tag-key', kind }, at: 'key', value });

it.each([
  'mlflow.artifactLocation',
  'MLFLOW.ARTIFACTLOCATION',
  'mlflow.artifactLocation  ',
  'mlflow.artifactLocati\u00f6n',
  'mlflow.artifactLocatio\u0301n',
  'mlflow.artifact\u200bLocation',
  'mlflow.artifact\uff2cocation',
  'm\u0142f\u0142ow.artifactLocation',
])('refuses %j on a trace', (key) => {
  expect(denialOf(() => check('trace', key)).reason).toBe('reserved_tag');
});

it.each(['mlflow.artifactLocations', 'x', ''])('lets %j pass', (key) => {
  expect(check('trace', key)).toBeUndefined();
});

it('keeps to the kind, but for what is reserved everywhere', () => {
  expect(check('run', 'mlflow.artifactLocation')).toBeUndefined();
  expect(denialOf(() => check('run', 'Everywhere')).reason).toBe('reserved_tag');
});
