import type { Candidate } from './candidate.ts';
import { allowedPorts, metricsPorts } from './gateway-ports.ts';
import { type HostPlan, loopbackHost, UPSTREAM_HOST } from './host-plan.ts';
import { publicPrefix } from './path-prefix.ts';
import type { Pod } from './pod.ts';
import { type Settings, SIDECAR, SOCKET_VOLUME } from './settings.ts';
import { ownPort, type Target } from './target.ts';

/** The path of MLflow's socket, in the shared volume. */
export function socketPath({ socket }: Settings): string {
  return `${socket.directory}/mlflow.sock`;
}

/**
 * Builds the gateway's container. Its startup probe uses `/healthz`, not `/readyz`: Kubernetes starts MLflow only after a
 * native sidecar has started, and the gateway is ready only after MLflow answers.
 */
export function sidecarContainer(candidate: Candidate, hosts: HostPlan): object {
  const { pod, target, requested, settings } = candidate;
  const { image, gateway, sidecar, socket } = settings;
  const { imagePullPolicy, command, args, envFrom, resources, volumeMounts, lifecycle, probes } = gateway;
  const get = (path: string): object => ({ httpGet: { path, port: target.port } });
  const mounts = [
    ...(requested.upstream === 'socket' ? [{ name: SOCKET_VOLUME, mountPath: socket.directory }] : []),
    ...volumeMounts,
  ];
  return {
    name: SIDECAR,
    image,
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    ...(sidecar === 'native' ? { restartPolicy: 'Always' } : {}),
    ...(command === undefined ? {} : { command }),
    args,
    env: environment(candidate, hosts),
    ...(envFrom.length === 0 ? {} : { envFrom }),
    ...ports(target, settings),
    startupProbe: { ...get('/healthz'), periodSeconds: 1, failureThreshold: 60, ...probes.startup },
    readinessProbe: {
      ...get('/readyz'),
      periodSeconds: 5,
      timeoutSeconds: 6,
      failureThreshold: 2,
      ...probes.readiness,
    },
    livenessProbe: {
      ...get('/healthz'),
      periodSeconds: 10,
      timeoutSeconds: 5,
      failureThreshold: 3,
      ...probes.liveness,
    },
    resources,
    securityContext: securityContext(pod, settings),
    ...(lifecycle === undefined ? {} : { lifecycle }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

interface Variable {
  readonly name: string;
  readonly [more: string]: unknown;
}

function environment(
  { target, requested, settings }: Candidate,
  { upstreamHost }: HostPlan,
): readonly Variable[] {
  const { port, ports, staticPrefix } = target;
  // MLflow's own static prefix wins over settings that apply to many pods.
  const allowed = allowedPorts(requested, settings).join(',');
  const given = settings.gateway.env.filter(
    ({ name }) =>
      (staticPrefix === undefined || name !== 'GW_UPSTREAM_PATH_PREFIX') &&
      // Merged with the ports that the pod allows.
      (allowed === '' || name !== 'GW_SIDECAR_ALLOWED_PORTS'),
  );
  const own: Variable[] =
    requested.upstream === 'socket'
      ? [
          { name: 'GW_TARGET_BASE_URL', value: `unix:${socketPath(settings)}` },
          { name: 'GW_UPSTREAM_SOCKET_CLEANUP', value: 'true' },
        ]
      : [
          { name: 'GW_TARGET_BASE_URL', value: loopbackUrl(target) },
          // MLflow listens on 127.0.0.1 at this port, so the gateway cannot bind the wildcard address.
          { name: 'GW_LISTEN_HOST', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ];
  own.push(
    { name: 'GW_LISTEN_PORT', value: String(port) },
    { name: 'GW_SIDECAR_CHECK_PORTS', value: ports.join(',') },
    { name: 'GW_DRAIN_DELAY_SECONDS', value: '5' },
  );
  if (upstreamHost !== undefined) own.push({ name: UPSTREAM_HOST, value: upstreamHost });
  if (allowed !== '') own.push({ name: 'GW_SIDECAR_ALLOWED_PORTS', value: allowed });
  if (staticPrefix !== undefined)
    own.push(
      { name: 'GW_UPSTREAM_PATH_PREFIX', value: staticPrefix },
      { name: 'GW_PATH_PREFIX', value: publicPrefix(settings, staticPrefix) },
    );
  return [...own.filter(({ name }) => given.every((variable) => variable.name !== name)), ...given];
}

const loopbackUrl = (target: Target): string => `http://${loopbackHost(target)}:${ownPort(target)}`;

/** Declares the gateway's port unless MLflow's container does: the API server warns of a port declared twice. */
function ports({ container, port }: Target, settings: Settings): object {
  const declared = container.ports?.some(({ containerPort }) => containerPort === port) ?? false;
  const own = declared ? [] : [{ name: SIDECAR, containerPort: port, protocol: 'TCP' }];
  const all = [...own, ...metricsPorts(settings)];
  return all.length === 0 ? {} : { ports: all };
}

/** The numeric user of the gateway's image. */
const IMAGE_USER = 65532;

/** The settings that Pod Security `restricted` requires, and a user if the pod's user is root. */
function securityContext({ spec }: Pod, { gateway }: Settings): object {
  const isRoot = spec.securityContext?.runAsUser === 0;
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
    ...(isRoot ? { runAsUser: IMAGE_USER } : {}),
    ...gateway.securityContext,
  };
}
