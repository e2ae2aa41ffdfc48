import { apply, list, remove, rolledOut } from '../../cluster/support/kubectl.ts';
import {
  CONTAINER_SECURITY,
  makeNamespace,
  POD_SECURITY,
  removeNamespace,
} from '../../cluster/support/namespace.ts';
import { chartSettings } from './settings.ts';

const NAMESPACE = 'e2e-ingress';
const NAME = 'skipper';
const LABELS = { app: NAME };
const CLUSTER_ROLE = 'e2e-skipper';
const PORT = 9999;

/** The class of its Ingresses. */
export const INGRESS_CLASS = NAME;

/**
 * Starts skipper (https://opensource.zalando.com/skipper/kubernetes/ingress-controller/), which serves the Ingresses of its
 * class by host name, and passes the Host on unchanged.
 *
 * @returns the address of its Service, at port 80
 */
export async function startIngress(): Promise<string> {
  await makeNamespace(NAMESPACE);
  const read = (apiGroups: string[], resources: string[]): object => ({
    apiGroups,
    resources,
    verbs: ['get', 'list', 'watch'],
  });
  await apply(
    NAMESPACE,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: CLUSTER_ROLE },
      rules: [
        read([''], ['namespaces', 'services', 'endpoints', 'pods']),
        read(['discovery.k8s.io'], ['endpointslices']),
        read(['networking.k8s.io'], ['ingresses']),
        read(['zalando.org'], ['routegroups']),
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: CLUSTER_ROLE },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: CLUSTER_ROLE },
      subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: { name: INGRESS_CLASS },
      spec: { controller: 'example.com/skipper' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME },
      spec: { selector: LABELS, ports: [{ port: 80, targetPort: PORT }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME },
      spec: {
        selector: { matchLabels: LABELS },
        template: { metadata: { labels: LABELS }, spec: podSpec() },
      },
    },
  );
  await rolledOut(NAMESPACE, NAME);
  const [service] = await list(NAMESPACE, 'services');
  return service!.spec.clusterIP as string;
}

export async function stopIngress(): Promise<void> {
  await removeNamespace(NAMESPACE);
  for (const kind of ['clusterrole', 'clusterrolebinding']) await remove(undefined, kind, CLUSTER_ROLE);
  await remove(undefined, 'ingressclass', INGRESS_CLASS);
}

/** An Ingress for a Service of a chart that creates none. */
export function ingressTo(service: string, port: number | string, host: string): object {
  const number = typeof port === 'number' ? { number: port } : { name: port };
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: number } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'by-the-platform' },
    spec: { ingressClassName: INGRESS_CLASS, rules: [{ host, http: { paths: [path] } }] },
  };
}

function podSpec(): object {
  const args = [
    '-kubernetes',
    '-kubernetes-in-cluster',
    `-kubernetes-ingress-class=${INGRESS_CLASS}`,
    '-enable-kubernetes-endpointslices',
    '-proxy-preserve-host',
    '-source-poll-timeout=1000',
    `-address=:${PORT}`,
    '-access-log-disabled',
  ];
  return {
    serviceAccountName: NAME,
    securityContext: POD_SECURITY,
    containers: [
      {
        name: NAME,
        image: chartSettings().ingressImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['skipper', ...args],
        ports: [{ containerPort: PORT }],
        readinessProbe: { httpGet: { path: '/kube-system/healthz', port: PORT }, periodSeconds: 2 },
        securityContext: CONTAINER_SECURITY,
      },
    ],
  };
}
