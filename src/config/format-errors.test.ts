import { expect, test } from 'vitest';
import { formatErrors } from './format-errors.ts';
import { loadConfig } from './load.ts';

test('writes one numbered line for each error, then the page of all variables', () => {
  const loaded = loadConfig(
    { GW_TARGET_BASE_URL: 'mlflow:5000', GW_AUTH_MODE: 'off', GW_LISTEN_PROT: '80' },
    { serverFeatures: [] },
  );
  expect('errors' in loaded && formatErrors(loaded.errors)).toBe(
    [
      'The configuration cannot be used: 2 problems.',
      '',
      '  1. GW_TARGET_BASE_URL is "mlflow:5000" but must start with http:// or https:// and name a host. For example: GW_TARGET_BASE_URL=unix:/run/mlflow/mlflow.sock',
      '  2. GW_LISTEN_PROT is not a variable of this gateway. Did you mean GW_LISTEN_PORT? Otherwise remove it.',
      '',
      'Every variable: docs/reference/configuration.md',
    ].join('\n'),
  );
});

test('a value cannot add a line', () => {
  const text = formatErrors([{ variable: 'GW_X\n  2. GW_Y', problem: 'is "\u0085" wrong', fix: 'Mend it.' }]);
  expect(text.split('\n')).toHaveLength(5);
  expect(text).not.toContain('\u0085');
});
