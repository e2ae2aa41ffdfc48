import { HAS_GATEWAY, INJECTED, type RequestedInjection, readAnnotations } from './annotations.ts';
import type { Candidate } from './candidate.ts';
import { existingGatewayProblems } from './check-existing-gateway.ts';
import { portOf } from './gateway-ports.ts';
import { ALLOWED_HOSTS, type HostPlan, planHosts } from './host-plan.ts';
import { httpProbes } from './http-probes.ts';
import { type Pod, variableOf } from './pod.ts';
import { JOB_POD_PROBLEM, purposeOf } from './pod-purpose.ts';
import { findProblems } from './problems/find-problems.ts';
import { unsupportedPodProblems } from './problems/unsupported-pod.ts';
import { Refusal } from './refusal.ts';
import { type Settings, SOCKET_VOLUME } from './settings.ts';
import { sidecarContainer, socketPath } from './sidecar.ts';
import { findTarget, type Target } from './target.ts';
import { warningsOf } from './warnings.ts';

/** One operation of a JSON Patch (RFC 6902). The webhook only adds. */
export interface PatchStep {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** The result of checking a labelled pod. */
export interface Injection {
  readonly outcome: 'injected' | 'has a gateway' | 'runs no server';
  /** Empty if the pod stays unchanged. */
  readonly patch: readonly PatchStep[];
  readonly warnings: readonly string[];
  /** For the log. */
  readonly facts: {
    readonly container?: string;
    readonly port?: number;
    readonly upstream?: RequestedInjection['upstream'];
    readonly upstream_host?: string;
  };
}

/**
 * Builds the patch by which the MLflow of a labelled pod is reachable through the gateway only. Pure.
 *
 * - The gateway's container is added: last among the init containers, with `restartPolicy: Always`, or as a regular
 *   container if the settings say so.
 * - MLflow moves to a Unix socket (`UVICORN_UDS`, and no options for gunicorn) in a shared volume, or to 127.0.0.1 (`MLFLOW_HOST`) if an
 *   annotation says so. Its command and arguments stay unchanged.
 * - The gateway listens on MLflow's port. MLflow's container still declares the port: probes resolve port names in
 *   their own container only, Services in all of them, and the kubelet connects to the pod's address in either case.
 *
 * @throws Refusal with every problem of a pod that is ambiguous, would not work or could not be protected
 * @example
 * const { patch } = injectPatch(readPod(review.request.object), settings);
 */
export function injectPatch(pod: Pod, settings: Settings): Injection {
  const { requested, problems: misread } = readAnnotations(pod);
  const general = [...unsupportedPodProblems(pod), ...misread];
  const purpose = purposeOf(pod, requested, settings);
  if (purpose === 'runs no server') return { outcome: purpose, patch: [], warnings: [], facts: {} };
  if (purpose === 'ends') general.push(JOB_POD_PROBLEM);
  const existing = existingGatewayProblems(pod, settings);
  if (existing !== undefined) {
    refuse([...general, ...existing]);
    return { outcome: 'has a gateway', patch: [], warnings: [], facts: {} };
  }
  const { target, problems: unclear } = findTarget(pod, requested, settings.container);
  if (target === undefined) throw new Refusal([...general, ...unclear]);
  const candidate: Candidate = { pod, target, requested, settings };
  refuse([...general, ...unclear, ...findProblems(candidate)]);
  return injection(candidate);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Refusal(problems);
}

function injection(candidate: Candidate): Injection {
  const { pod, target, requested, settings } = candidate;
  const preStop = preStopFor(pod, target, settings);
  const hosts = planHosts(candidate);
  const warnings = warningsOf(candidate);
  if (preStop === 'own hook')
    warnings.push(
      `${target.container.name} has a preStop hook of its own: requests are lost when the pod ends, unless it waits 10 seconds.`,
    );
  const patch = [
    ...labels(pod),
    ...annotations(pod, settings),
    ...volumes(pod, requested, settings),
    ...pullSecrets(pod, settings),
    ...mlflow(candidate, hosts),
    ...probes(candidate),
    ...(typeof preStop === 'object' ? addPreStop(target, preStop) : []),
    ...sidecar(candidate, hosts),
  ];
  const { container, port } = target;
  const { upstreamHost } = hosts;
  return {
    outcome: 'injected',
    patch,
    warnings,
    facts: {
      container: container.name,
      port,
      upstream: requested.upstream,
      ...(upstreamHost === undefined ? {} : { upstream_host: upstreamHost }),
    },
  };
}

const add = (path: string, value: unknown): PatchStep => ({ op: 'add', path, value });

/** Appends to a list that may not exist. */
function append(path: string, list: readonly unknown[] | undefined, items: readonly unknown[]): PatchStep[] {
  if (items.length === 0) return [];
  return list === undefined ? [add(path, items)] : items.map((item) => add(`${path}/-`, item));
}

/** RFC 6901, section 3. */
const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function labels({ metadata }: Pod): PatchStep[] {
  return metadata.labels == null
    ? [add('/metadata/labels', { [HAS_GATEWAY]: 'true' })]
    : [add(`/metadata/labels/${escaped(HAS_GATEWAY)}`, 'true')];
}

function annotations({ metadata }: Pod, { podAnnotations, sidecar }: Settings): PatchStep[] {
  const added = { ...podAnnotations, [INJECTED]: sidecar };
  if (metadata.annotations == null) return [add('/metadata/annotations', added)];
  return Object.entries(added).map(([key, value]) => add(`/metadata/annotations/${escaped(key)}`, value));
}

function volumes({ spec }: Pod, requested: RequestedInjection, settings: Settings): PatchStep[] {
  const { medium } = settings.socket;
  const shared = { name: SOCKET_VOLUME, emptyDir: medium === '' ? {} : { medium } };
  const added = [...(requested.upstream === 'socket' ? [shared] : []), ...settings.volumes];
  return append('/spec/volumes', spec.volumes, added);
}

function pullSecrets({ spec }: Pod, { imagePullSecrets }: Settings): PatchStep[] {
  const missing = imagePullSecrets.filter(({ name }) => !spec.imagePullSecrets?.some((s) => s.name === name));
  return append('/spec/imagePullSecrets', spec.imagePullSecrets, missing);
}

function mlflow({ target, requested, settings }: Candidate, { allowed }: HostPlan): PatchStep[] {
  const { container, index, command } = target;
  const path = `/spec/containers/${index}`;
  // In `env`, the variable wins over envFrom, an image and an env file, which cannot be read here.
  const hosts: Record<string, string> = allowed === undefined ? {} : { [ALLOWED_HOSTS]: allowed };
  const variables = (all: Readonly<Record<string, string>>): PatchStep[] =>
    append(
      `${path}/env`,
      container.env,
      Object.entries({ ...all, ...hosts, ...forJobs(settings) })
        .filter(([name]) => variableOf(container, name) === undefined)
        .map(([name, value]) => ({ name, value })),
    );
  if (requested.upstream === 'loopback')
    return variables(command.hosts.length > 0 ? {} : { MLFLOW_HOST: '127.0.0.1' });
  return [
    // An empty MLFLOW_GUNICORN_OPTS counts as not set, and hides that of an image, envFrom or an env file: only uvicorn supports the socket.
    ...variables({ UVICORN_UDS: socketPath(settings), MLFLOW_GUNICORN_OPTS: '' }),
    ...append(`${path}/volumeMounts`, container.volumeMounts, [
      { name: SOCKET_VOLUME, mountPath: settings.socket.directory },
    ]),
  ];
}

/** Moves probes to the gateway's prefix; `add` replaces an existing value (RFC 6902, section 4.1). */
function probes({ target, settings }: Candidate): PatchStep[] {
  return httpProbes(target, settings).flatMap(({ kind, path, open = path }) =>
    open === path ? [] : [add(`/spec/containers/${target.index}/${kind}/httpGet/path`, open)],
  );
}

/** The address of MLflow's AI gateway for its own jobs: the one that MLflow knows of itself no longer works. */
function forJobs(settings: Settings): Record<string, string> {
  const port = portOf(settings, 'GW_JOBS_PORT');
  return port === undefined ? {} : { MLFLOW_GATEWAY_URI: `http://127.0.0.1:${port}` };
}

type Handler = Readonly<Record<string, unknown>>;

const DEFAULT_GRACE_SECONDS = 30;

/** Limits the pause to a third of the pod's termination grace period, so that MLflow has time to end. */
function preStopFor(
  { spec }: Pod,
  { container }: Target,
  { mlflow }: Settings,
): Handler | 'own hook' | undefined {
  if (mlflow.preStop === null) return undefined;
  if (container.lifecycle?.preStop !== undefined) return 'own hook';
  const sleep = mlflow.preStop.sleep as { seconds?: unknown } | undefined;
  if (typeof sleep?.seconds !== 'number') return mlflow.preStop;
  const grace = spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const seconds = Math.min(sleep.seconds, Math.floor(grace / 3));
  return seconds < 1 ? undefined : { sleep: { seconds } };
}

function addPreStop({ container, index }: Target, preStop: Handler): PatchStep[] {
  const path = `/spec/containers/${index}/lifecycle`;
  return [container.lifecycle === undefined ? add(path, { preStop }) : add(`${path}/preStop`, preStop)];
}

/**
 * Last: after init containers that migrate a database and need no gateway. Kubernetes ends sidecars in reverse order, so the
 * gateway ends before the sidecars that provide its network.
 */
function sidecar(candidate: Candidate, hosts: HostPlan): PatchStep[] {
  const { pod, settings } = candidate;
  const container = sidecarContainer(candidate, hosts);
  const { initContainers, containers } = pod.spec;
  return settings.sidecar === 'native'
    ? append('/spec/initContainers', initContainers, [container])
    : append('/spec/containers', containers, [container]);
}
