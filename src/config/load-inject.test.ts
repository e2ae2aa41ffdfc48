import { expect, test } from 'vitest';
import type { Environment } from './environment.ts';
import { INJECT_VARIABLES } from './inject-variables.ts';
import { loadInjectConfig } from './load-inject.ts';
import { tryParse } from './value-type.ts';
import type { Variable } from './variable.ts';

const least = {
  GW_INJECT_TLS_CERT_FILE: '/tls/tls.crt',
  GW_INJECT_TLS_KEY_FILE: '/tls/tls.key',
  GW_INJECT_IMAGE: 'mlflow-gateway:1',
  GW_INJECT_CONFIG_FILE: '/etc/settings.json',
};

function wrong(env: Environment): string[] {
  const loaded = loadInjectConfig(env);
  return 'errors' in loaded ? loaded.errors.map(({ variable }) => variable).sort() : [];
}

test('the smallest configuration has the documented defaults', () => {
  expect(loadInjectConfig(least)).toEqual({
    config: {
      port: 8443,
      certFile: '/tls/tls.crt',
      keyFile: '/tls/tls.key',
      image: 'mlflow-gateway:1',
      configFile: '/etc/settings.json',
      drainMs: 25_000,
      drainDelayMs: 0,
      logLevel: 'info',
    },
  });
});

test('reports all errors together', () => {
  expect(wrong({ GW_INJECT_LISTEN_PORT: 'https', GW_INJECT_IMGAE: 'x', GW_LOG_LEVEL: 'loud' })).toEqual([
    'GW_INJECT_CONFIG_FILE',
    'GW_INJECT_IMAGE',
    'GW_INJECT_IMGAE',
    'GW_INJECT_LISTEN_PORT',
    'GW_INJECT_TLS_CERT_FILE',
    'GW_INJECT_TLS_KEY_FILE',
    'GW_LOG_LEVEL',
  ]);
});

test('refuses variables of the gateway, which belong in the settings file', () => {
  expect(wrong({ ...least, GW_OIDC_ISSUER: 'https://idp.example' })).toEqual(['GW_OIDC_ISSUER']);
  expect(wrong({ ...least, GW_LOG_LEVEL: 'debug', GW_DRAIN_DELAY_SECONDS: '5' })).toEqual([]);
});

test('the delay is part of the time to drain', () => {
  expect(wrong({ ...least, GW_DRAIN_SECONDS: '4', GW_DRAIN_DELAY_SECONDS: '5' })).toEqual([
    'GW_DRAIN_DELAY_SECONDS',
  ]);
});

test.each(Object.values<Variable>(INJECT_VARIABLES).map((variable) => [variable.name, variable] as const))(
  '%s: its example is valid',
  (_, { type, example }) => expect(tryParse(type, example)).toHaveProperty('value'),
);
