import type { AuditEntry } from './entry.ts';

/** An ordinary entry, for tests to vary. */
export const ENTRY: AuditEntry = {
  request_id: '7b1f0a52-6c0c-4f0e-9c1b-0d9a5a1f3c11',
  tenant: 'team-a',
  tenant_chosen_by: 'only',
  team_cookie_ignored: null,
  subject: 'alice',
  issuer: 'https://idp.example.com/realms/ml',
  roles: ['contributor'],
  platform_admin: false,
  client_address: '10.1.2.3',
  method: 'GET',
  path: '/api/2.0/mlflow/runs/get',
  operation: 'getRun',
  permission: 'runs:read',
  resources: [{ kind: 'run', id: '3f2a' }],
  decision: 'allow',
  reason: 'forwarded',
  status_code: 200,
  upstream: 'unix:/run/mlflow/mlflow.sock',
  duration_ms: 7.125,
  bytes_in: 0,
  bytes_out: 1024,
};
