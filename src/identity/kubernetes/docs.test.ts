import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseIdentityFile } from '../../config/identity-file/identity-file.ts';
import { createRoles } from '../../rbac/roles.ts';

const page = readFileSync(new URL('../../../docs/kubernetes-service-accounts.md', import.meta.url), 'utf8');

it('the identity file of the documentation is accepted', () => {
  const [, text] = /```yaml\n(issuers:[\s\S]*?)```/.exec(page)!;
  const { issuers } = parseIdentityFile(text!, {
    path: '/etc/mlflow-gateway/identity/identity.yaml',
    roles: createRoles(),
    readTable: () => '',
  });
  expect(issuers).toMatchObject([
    { issuer: 'https://idp.example.com/realms/ml', keys: { from: 'discovery' } },
    { issuer: undefined, keys: { from: 'cluster' }, grants: [{ kind: 'namespace', role: 'contributor' }] },
  ]);
});
