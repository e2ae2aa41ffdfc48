import { describe, expect, test } from 'vitest';
import { inject, refusal, with1 } from '../testing/injected.ts';
import { type ContainerJson, communityChart, officialChart } from '../testing/pods.ts';

const CONFLICT = (found: string): string =>
  `MLflow requires its own credentials (${found}): turn that off (community-charts/mlflow: auth.enabled, ldapAuth.enabled, oidcAuth.enabled, extraArgs.appName; MLflow's chart: server.value_options.app_name); the gateway signs people in.`;

describe('refuses an MLflow with its own users', () => {
  test.each<[string, Partial<ContainerJson>, string]>([
    ['basic-auth', { args: ['--app-name=basic-auth'] }, '--app-name basic-auth'],
    ['the OIDC app', { args: ['--app-name', 'oidc-auth'] }, '--app-name oidc-auth'],
    ['its FastAPI kind', { args: ['--app-name=oidc-auth-fastapi'] }, '--app-name oidc-auth-fastapi'],
    [
      'in a shell',
      { command: ['sh', '-c', 'exec mlflow server --host 0.0.0.0 --app-name basic-auth'] },
      '--app-name basic-auth',
    ],
    [
      'by a variable of the container',
      { args: ['--app-name=$(APP)'], env: [{ name: 'APP', value: 'basic-auth' }] },
      '--app-name basic-auth',
    ],
    [
      'as the app of a web server',
      { command: ['uvicorn', '--factory', 'mlflow.server.auth:create_app'] },
      'mlflow.server.auth:create_app',
    ],
    [
      'the package’s own server',
      { command: ['mlflow-oidc-server'], args: ['--port=5000'] },
      'mlflow-oidc-server',
    ],
    [
      'variables of an image that runs by itself',
      { command: [], env: [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: '/auth.ini' }] },
      'MLFLOW_AUTH_CONFIG_PATH',
    ],
    [
      'variables of the OIDC app, from a secret',
      { command: ['/start.sh'], env: [{ name: 'OIDC_CLIENT_SECRET', valueFrom: { secretKeyRef: {} } }] },
      'OIDC_CLIENT_SECRET',
    ],
  ])('%s', (_, change, found) => {
    expect(refusal(with1(officialChart(), change))).toBe(CONFLICT(found));
  });

  test('in the form of community-charts/mlflow for LDAP', () => {
    const pod = communityChart();
    const mlflow = pod.spec.containers[0]!;
    mlflow.args!.push('--app-name=basic-auth');
    mlflow.env!.push({ name: 'MLFLOW_AUTH_CONFIG_PATH', value: '/etc/mlflow/auth/ldap_basic_auth.ini' });
    expect(refusal(pod)).toBe(CONFLICT('--app-name basic-auth'));
  });
});

test('accepts variables that MLflow does not read with its command', () => {
  const env = [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: '/auth.ini' }];
  expect(inject(with1(officialChart(), { env })).warnings).toEqual([]);
});
