import { describe, expect, test } from 'vitest';
import { type KubeObject, one, REQUIRED, refusal, render } from './helm.ts';

const name = 'gw-mlflow-gateway';
const enabled = { ...REQUIRED, clusterKeys: { enabled: true } };
const sidecar = { ...enabled, mode: 'sidecar' };

const VOLUME = {
  name: 'mlflow-gateway-kubernetes',
  projected: {
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
  },
};
const MOUNT = {
  name: 'mlflow-gateway-kubernetes',
  mountPath: '/etc/mlflow-gateway/kubernetes',
  readOnly: true,
};

const withRights = (objects: readonly KubeObject[]) =>
  objects.filter(({ kind }) => /Role/.test(kind)).map(({ kind }) => kind);

test('without the value the gateway has no right and no token', () => {
  for (const values of [REQUIRED, { ...REQUIRED, mode: 'sidecar' }]) {
    const objects = render(values);
    expect(withRights(objects)).toEqual([]);
    expect(JSON.stringify(objects)).not.toContain('serviceAccountToken"');
    expect(JSON.stringify(objects)).not.toContain(MOUNT.mountPath);
  }
});

describe('standalone', () => {
  test('the gateway’s account may read the keys of the cluster, and nothing else', () => {
    const objects = render(enabled);
    expect(withRights(objects)).toEqual(['ClusterRoleBinding']);
    expect(one(objects, 'ClusterRoleBinding')).toMatchObject({
      metadata: { name: `${name}.ml` },
      roleRef: { kind: 'ClusterRole', name: 'system:service-account-issuer-discovery' },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'ml' }],
    });
    const other = { ...enabled, serviceAccount: { create: false, name: 'other' } };
    expect(one(render(other), 'ClusterRoleBinding').subjects).toEqual([
      { kind: 'ServiceAccount', name: 'other', namespace: 'ml' },
    ]);
  });

  test('only the gateway’s container has the token, which is of the pod and expires', () => {
    const objects = render({ ...enabled, clusterKeys: { enabled: true, tokenSeconds: 600 } });
    const { spec } = one(objects, 'Deployment').spec.template;
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(one(objects, 'ServiceAccount').automountServiceAccountToken).toBe(false);
    expect(spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds).toBe(600);
    expect(spec.containers[0].volumeMounts).toEqual([MOUNT]);
  });

  test('the NetworkPolicy opens the API server, at addresses that can be limited', () => {
    const egress = (values: object) => one(render(values), 'NetworkPolicy', name).spec.egress;
    const ports = [443, 6443].map((port) => ({ protocol: 'TCP', port }));
    expect(egress(enabled)).toEqual([...egress(REQUIRED), { ports }]);
    const to = [{ ipBlock: { cidr: '192.0.2.10/32' } }];
    expect(egress({ ...enabled, networkPolicy: { apiServer: { to, ports: [6443] } } }).at(-1)).toEqual({
      ports: [{ protocol: 'TCP', port: 6443 }],
      to,
    });
  });
});

describe('sidecar', () => {
  test('the accounts of MLflow’s pods get the right: those of the namespaces, or the named ones', () => {
    const subjects = (more: object) => one(render({ ...sidecar, ...more }), 'ClusterRoleBinding').subjects;
    const group = (namespace: string) => ({
      kind: 'Group',
      apiGroup: 'rbac.authorization.k8s.io',
      name: `system:serviceaccounts:${namespace}`,
    });
    expect(subjects({})).toEqual([group('ml')]);
    expect(subjects({ injection: { namespaces: ['a', 'b'] } })).toEqual([group('a'), group('b')]);
    const account = { name: 'mlflow', namespace: 'a' };
    expect(subjects({ clusterKeys: { enabled: true, serviceAccounts: [account] } })).toEqual([
      { kind: 'ServiceAccount', ...account },
    ]);
  });

  test('the webhook adds the volume to the pod, and the mount to the gateway alone', () => {
    const { data } = one(render(sidecar), 'ConfigMap', `${name}-inject`);
    const { volumes, gateway } = JSON.parse(data['settings.json']);
    expect(volumes).toEqual([VOLUME]);
    expect(gateway.volumeMounts).toEqual([MOUNT]);
  });

  test('the admission policy adds the same', () => {
    const objects = render({ ...sidecar, injection: { method: 'admissionPolicy' } });
    const [{ jsonPatch }] = one(objects, 'MutatingAdmissionPolicy').spec.mutations;
    expect(jsonPatch.expression).toContain('"name": dyn("kube-root-ca.crt")');
    expect(jsonPatch.expression).toContain('"expirationSeconds": dyn(3600)');
    expect(jsonPatch.expression).toContain(`"mountPath": dyn("${MOUNT.mountPath}")`);
  });
});

test('an issuer with keys from the cluster needs the value', () => {
  const grants = [{ namespace: { pattern: 'ml-{tenant}', role: 'contributor' } }];
  const from = (issuer: object) => ({
    gateway: { identity: { issuers: [{ audience: ['mlflow'], grants, ...issuer }] } },
  });
  for (const issuer of [
    { issuer: 'kubernetes' },
    { issuer: 'https://kubernetes.default.svc.cluster.local', keys: 'cluster' },
  ]) {
    expect(refusal(from(issuer))).toContain(
      'gateway.identity: has an issuer with keys from the cluster, which the gateway may not read. Set clusterKeys.enabled=true',
    );
    const { egress } = one(
      render({ ...from(issuer), clusterKeys: { enabled: true } }),
      'NetworkPolicy',
      name,
    ).spec;
    expect(egress.at(-1).ports.map(({ port }: { port: number }) => port)).toEqual([443, 6443]);
  }
  const eks = { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/0B1C' };
  expect(withRights(render(from(eks)))).toEqual([]);
});

test('a value without use is refused by name, and a lifetime that Kubernetes does not allow', () => {
  const unused = {
    ...REQUIRED,
    clusterKeys: { tokenSeconds: 700 },
    networkPolicy: { apiServer: { ports: [1] } },
  };
  expect(refusal(unused)).toContain('clusterKeys.tokenSeconds: has no use without clusterKeys.enabled');
  expect(refusal(unused)).toContain('networkPolicy.apiServer: has no use without clusterKeys.enabled');
  const account = { name: 'mlflow', namespace: 'ml' };
  expect(refusal({ ...enabled, clusterKeys: { enabled: true, serviceAccounts: [account] } })).toContain(
    'clusterKeys.serviceAccounts: has no use in mode standalone',
  );
  expect(refusal({ ...sidecar, networkPolicy: { apiServer: { ports: [6443] } } })).toContain(
    'networkPolicy.apiServer.ports: has no use in mode sidecar',
  );
  expect(refusal({ ...enabled, clusterKeys: { enabled: true, tokenSeconds: 599 } })).toContain(
    'tokenSeconds',
  );
});
