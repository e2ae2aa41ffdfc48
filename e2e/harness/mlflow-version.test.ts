import { describe, expect, it } from 'vitest';
import { SURVEYED_VERSIONS } from '../../src/catalog/generated/catalog.ts';
import { hasWorkspaces, isBefore, listenOf, mlflowVersion, versionsOr } from './mlflow-version.ts';

describe('the version that suites run against', () => {
  it('is the newest unless the variable names another version', () => {
    expect(mlflowVersion({})).toBe(SURVEYED_VERSIONS.at(-1));
    expect(mlflowVersion({ E2E_MLFLOW_VERSION: '' })).toBe(SURVEYED_VERSIONS.at(-1));
    expect(mlflowVersion({ E2E_MLFLOW_VERSION: '2.22.5' })).toBe('2.22.5');
  });

  it.each(['3.10', '3.10.0', 'newest', ' 3.10.1', '../3.10.1'])(
    '%j is refused, with what would be right',
    (version) => {
      expect(() => mlflowVersion({ E2E_MLFLOW_VERSION: version })).toThrow(
        `E2E_MLFLOW_VERSION=${version} is not a surveyed MLflow version; choose one of ${SURVEYED_VERSIONS.join(', ')}`,
      );
    },
  );

  it('replaces the versions that a suite names', () => {
    expect(versionsOr(['2.22.5', '3.5.1'], {})).toEqual(['2.22.5', '3.5.1']);
    expect(versionsOr(['2.22.5', '3.5.1'], { E2E_MLFLOW_VERSION: '3.1.4' })).toEqual(['3.1.4']);
    expect(() => versionsOr([], { E2E_MLFLOW_VERSION: '4' })).toThrow('not a surveyed MLflow version');
  });
});

it.each([
  ['3.9.2', '3.10', true],
  ['3.10.0', '3.10', false],
  ['2.22.5', '3.0', true],
  ['3.10.1', '3.10.2', true],
  ['3.17.2', '3.5', false],
])('%s before %s: %s', (version, other, before) => {
  expect(isBefore(version, other)).toBe(before);
});

it('has workspaces from 3.10 and a Unix socket from 3.5', () => {
  expect(SURVEYED_VERSIONS.filter(hasWorkspaces)).toEqual(['3.10.1', '3.17.2', '3.18.0']);
  expect(SURVEYED_VERSIONS.map((version) => 'unix' in listenOf(version))).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
});
