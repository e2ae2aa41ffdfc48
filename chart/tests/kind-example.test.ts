/** `examples/kind/gateway.yaml`: the chart accepts it, and the gateway accepts the identity file in it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseIdentityFile } from '../../src/config/identity-file/identity-file.ts';
import { createRoles } from '../../src/rbac/roles.ts';
import { one, render } from './helm.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/kind');
const objects = render(parse(readFileSync(join(EXAMPLE, 'gateway.yaml'), 'utf8')), {
  namespace: 'mlflow',
  release: 'gateway',
});

test('the gateway accepts the identity file of examples/kind, with the cluster as its issuer', () => {
  const text = one(objects, 'ConfigMap', 'gateway-mlflow-gateway-identity').data['identity.json'];
  const { issuers } = parseIdentityFile(text, {
    path: '/etc/mlflow-gateway/identity/identity.json',
    roles: createRoles(),
    readTable: () => '',
  });
  expect(issuers).toHaveLength(1);
  // Only MLflow's account may read the keys of the cluster.
  expect(one(objects, 'ClusterRoleBinding').subjects).toEqual([
    { kind: 'ServiceAccount', name: 'mlflow', namespace: 'mlflow' },
  ]);
});

test('the Service of examples/kind has the node port that its script publishes', () => {
  const service = objects.filter(({ kind, spec }) => kind === 'Service' && spec.type === 'NodePort');
  const ports = service.flatMap(({ spec }) =>
    spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort),
  );
  expect(ports).toHaveLength(1);
  expect(readFileSync(join(EXAMPLE, 'run.sh'), 'utf8')).toContain(`containerPort: ${ports[0]}}`);
});
