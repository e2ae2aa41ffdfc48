import { HAS_GATEWAY, INJECTED, readWishes, type Wishes } from './annotations.ts';
import type { Subject } from './candidate.ts';
import { existingProblems } from './check-existing-gateway.ts';
import { portOf } from './gateway-ports.ts';
import { ALLOWED_HOSTS, type HostPlan, planHosts } from './host-plan.ts';
import { httpProbes } from './http-probes.ts';
import { type Pod, variableOf } from './pod.ts';
import { ENDS_PROBLEM, kindOf } from './pod-purpose.ts';
import { problemsOf } from './problems/find-problems.ts';
import { podProblems } from './problems/unsupported-pod.ts';
import { Refusal } from './refusal.ts';
import { type Settings, SOCKET_VOLUME } from './settings.ts';
import { sidecarContainer, socketPath } from './sidecar.ts';
import { findTarget, type Target } from './target.ts';
import { warningsOf } from './warnings.ts';

/** One step of a JSON Patch (RFC 6902); only additions are made. */
export interface PatchStep {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

/** What is to be done with a labelled pod. */
export interface Injection {
  readonly outcome: 'injected' | 'has a gateway' | 'runs no server';
  /** Empty when nothing is to be done. */
  readonly patch: readonly PatchStep[];
  readonly warnings: readonly string[];
  /** For the log. */
  readonly facts: {
    readonly container?: string;
    readonly port?: number;
    readonly upstream?: Wishes['upstream'];
    readonly upstream_host?: string;
  };
}

/**
 * Says what a labelled pod needs for its MLflow to be reached through the gateway only. Pure.
 *
 * - The gateway's container is added: last among the init containers, with `restartPolicy: Always`, or as an ordinary
 *   container where the settings say so.
 * - MLflow moves to a Unix socket (`UVICORN_UDS`, and no options for gunicorn) in a volume that the two share, or to 127.0.0.1 (`MLFLOW_HOST`) where
 *   an annotation says so. Its command and arguments stay as they are.
 * - The gateway listens on MLflow's port. The port stays declared where it is, on MLflow's container: probes look up
 *   names in their own container only, Services in all of them, and the kubelet asks the pod's address either way.
 *
 * @throws Refusal with every problem of a pod that is ambiguous, or could not work or not be protected
 * @example
 * const { patch } = injectPatch(readPod(review.request.object), settings);
 */
export function injectPatch(pod: Pod, settings: Settings): Injection {
  const { wishes, problems: misread } = readWishes(pod);
  const general = [...podProblems(pod), ...misread];
  const kind = kindOf(pod, wishes, settings);
  if (kind === 'runs no server') return { outcome: kind, patch: [], warnings: [], facts: {} };
  if (kind === 'ends') general.push(ENDS_PROBLEM);
  const existing = existingProblems(pod, settings);
  if (existing !== undefined) {
    refuse([...general, ...existing]);
    return { outcome: 'has a gateway', patch: [], warnings: [], facts: {} };
  }
  const { target, problems: unclear } = findTarget(pod, wishes, settings.container);
  if (target === undefined) throw new Refusal([...general, ...unclear]);
  const subject: Subject = { pod, target, wishes, settings };
  refuse([...general, ...unclear, ...problemsOf(subject)]);
  return injection(subject);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Refusal(problems);
}

function injection(subject: Subject): Injection {
  const { pod, target, wishes, settings } = subject;
  const preStop = preStopFor(pod, target, settings);
  const hosts = planHosts(subject);
  const warnings = warningsOf(subject);
  if (preStop === 'taken')
    warnings.push(
      `${target.container.name} has a preStop hook of its own: requests are lost when the pod ends, unless it waits 10 seconds.`,
    );
  const patch = [
    ...labels(pod),
    ...annotations(pod, settings),
    ...volumes(pod, wishes, settings),
    ...pullSecrets(pod, settings),
    ...mlflow(subject, hosts),
    ...probes(subject),
    ...(typeof preStop === 'object' ? addPreStop(target, preStop) : []),
    ...sidecar(subject, hosts),
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
      upstream: wishes.upstream,
      ...(upstreamHost === undefined ? {} : { upstream_host: upstreamHost }),
    },
  };
}

const add = (path: string, value: unknown): PatchStep => ({ op: 'add', path, value });

/** Appends to a list that may not be there. */
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

function volumes({ spec }: Pod, wishes: Wishes, settings: Settings): PatchStep[] {
  const { medium } = settings.socket;
  const shared = { name: SOCKET_VOLUME, emptyDir: medium === '' ? {} : { medium } };
  const added = [...(wishes.upstream === 'socket' ? [shared] : []), ...settings.volumes];
  return append('/spec/volumes', spec.volumes, added);
}

function pullSecrets({ spec }: Pod, { imagePullSecrets }: Settings): PatchStep[] {
  const missing = imagePullSecrets.filter(({ name }) => !spec.imagePullSecrets?.some((s) => s.name === name));
  return append('/spec/imagePullSecrets', spec.imagePullSecrets, missing);
}

function mlflow({ target, wishes, settings }: Subject, { allowed }: HostPlan): PatchStep[] {
  const { container, index, command } = target;
  const path = `/spec/containers/${index}`;
  // In `env` it wins over envFrom, an image and an env file, none of which can be seen here.
  const hosts: Record<string, string> = allowed === undefined ? {} : { [ALLOWED_HOSTS]: allowed };
  const variables = (all: Readonly<Record<string, string>>): PatchStep[] =>
    append(
      `${path}/env`,
      container.env,
      Object.entries({ ...all, ...hosts, ...forJobs(settings) })
        .filter(([name]) => variableOf(container, name) === undefined)
        .map(([name, value]) => ({ name, value })),
    );
  if (wishes.upstream === 'loopback')
    return variables(command.hosts.length > 0 ? {} : { MLFLOW_HOST: '127.0.0.1' });
  return [
    // Empty, it counts as not set, and an image, envFrom or an env file cannot set it any more: only uvicorn has the socket.
    ...variables({ UVICORN_UDS: socketPath(settings), MLFLOW_GUNICORN_OPTS: '' }),
    ...append(`${path}/volumeMounts`, container.volumeMounts, [
      { name: SOCKET_VOLUME, mountPath: settings.socket.directory },
    ]),
  ];
}

/** Moves probes below the prefix at which the gateway answers them; `add` replaces the value that is there (RFC 6902, section 4.1). */
function probes({ target, settings }: Subject): PatchStep[] {
  return httpProbes(target, settings).flatMap(({ kind, path, open = path }) =>
    open === path ? [] : [add(`/spec/containers/${target.index}/${kind}/httpGet/path`, open)],
  );
}

/** Where MLflow's own jobs find its AI gateway, which is no longer where MLflow believes itself to be. */
function forJobs(settings: Settings): Record<string, string> {
  const port = portOf(settings, 'GW_JOBS_PORT');
  return port === undefined ? {} : { MLFLOW_GATEWAY_URI: `http://127.0.0.1:${port}` };
}

type Handler = Readonly<Record<string, unknown>>;

const DEFAULT_GRACE_SECONDS = 30;

/** Leaves MLflow two thirds of the pod's time to end, which the API server would let a pause use up. */
function preStopFor(
  { spec }: Pod,
  { container }: Target,
  { mlflow }: Settings,
): Handler | 'taken' | undefined {
  if (mlflow.preStop === null) return undefined;
  if (container.lifecycle?.preStop !== undefined) return 'taken';
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
 * Last: after init containers that migrate a database and need no gateway; and as Kubernetes ends sidecars in reverse
 * order, before those whose network the gateway uses.
 */
function sidecar(subject: Subject, hosts: HostPlan): PatchStep[] {
  const { pod, settings } = subject;
  const container = sidecarContainer(subject, hosts);
  const { initContainers, containers } = pod.spec;
  return settings.sidecar === 'native'
    ? append('/spec/initContainers', initContainers, [container])
    : append('/spec/containers', containers, [container]);
}
