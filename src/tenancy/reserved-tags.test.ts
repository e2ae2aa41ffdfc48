import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { ReservedTags } from './reserved-tags.ts';

const known = { namespace: 'mlflow.', keys: ['mlflow.runName'], prefixes: ['mlflow.sharedViewState.'] };
const keys = {
  reserved: { trace: ['mlflow.artifactLocation'], '*': ['everywhere'] },
  admin: { experiment: ['mlflow.schedule'] },
};
const tags = new ReservedTags(keys, { known, refused: () => false });
const strict = new ReservedTags(keys, { known, refused: () => true });
const check = (kind: string, value: string, platformAdmin = false): void =>
  tags.check({ policy: { class: 'tag-key', kind }, at: 'key', value }, platformAdmin);

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

it('keeps a key from everyone but a platform admin', () => {
  for (const key of ['mlflow.schedule', 'MLflow.Schedule'])
    expect(denialOf(() => check('experiment', key)).reason).toBe('platform_admin_only');
  expect(check('experiment', 'mlflow.schedule', true)).toBeUndefined();
  expect(check('run', 'mlflow.schedule')).toBeUndefined();
  expect(denialOf(() => check('trace', 'mlflow.artifactLocation', true)).reason).toBe('reserved_tag');
});

it('reserves keys for their kind, and some for every kind', () => {
  expect(check('run', 'mlflow.artifactLocation')).toBeUndefined();
  expect(denialOf(() => check('run', 'Everywhere')).reason).toBe('reserved_tag');
});

it.each([
  'mlflow.newFeature.schedule',
  'MLflow.newFeature',
  'ml\ufb02ow.newFeature',
  'mlflow.RUNNAME',
  'mlflow.',
  'mlflow.sharedViewState',
])('refuses %j, which no surveyed MLflow knows, if such tags are refused', (key) => {
  const use = { policy: { class: 'tag-key', kind: 'run' }, at: 'key', value: key } as const;
  expect(denialOf(() => strict.check(use, false)).reason).toBe('reserved_tag');
  expect(tags.check(use, false)).toBeUndefined();
});

it.each(['mlflow.runName', 'mlflow.sharedViewState.4711', 'team', 'mlflow', 'mlflows.x'])(
  'lets %j pass where unknown tags are refused',
  (key) => {
    const use = { policy: { class: 'tag-key', kind: 'run' }, at: 'key', value: key } as const;
    expect(strict.check(use, false)).toBeUndefined();
  },
);
