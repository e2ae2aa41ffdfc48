import { type CommandOptions, run } from './command.ts';

/** An object of the Kubernetes API. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the test reads the response
  readonly [more: string]: any;
}

/**
 * Runs kubectl against the cluster of KUBECONFIG, which global-setup.ts sets.
 *
 * @throws Error with the output of kubectl
 */
export function kubectl(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return run('kubectl', args, options);
}

/** Creates the objects, or changes existing ones. */
export async function apply(namespace: string | undefined, ...objects: readonly object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl([...within(namespace), 'apply', '-f', '-'], { input: JSON.stringify(list) });
}

/** The objects of a kind, by labels (`app=mlflow`); without labels, all of them. */
export async function list(namespace: string, kind: string, labels?: string): Promise<readonly KubeObject[]> {
  const selector = labels === undefined ? [] : ['--selector', labels];
  const answer = await kubectl([...within(namespace), 'get', kind, ...selector, '--output', 'json']);
  return JSON.parse(answer).items as KubeObject[];
}

/** Deletes objects and waits for it; pods get a short grace period, missing objects are ignored. */
export async function remove(namespace: string | undefined, ...what: readonly string[]): Promise<void> {
  const at = what[0] === 'pod' ? ['--grace-period=1'] : [];
  await kubectl([...within(namespace), 'delete', '--ignore-not-found', '--wait', ...at, ...what]);
}

/** Waits until a Deployment has all its new pods and no old ones. The error has the state of its pods. */
export async function rolledOut(namespace: string, deployment: string, timeoutSeconds = 120): Promise<void> {
  try {
    await kubectl(
      [...within(namespace), 'rollout', 'status', `deployment/${deployment}`, `--timeout=${timeoutSeconds}s`],
      { timeoutMs: (timeoutSeconds + 10) * 1_000 },
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await describeNamespace(namespace)}`);
  }
}

/** Pods and the newest events, for messages. */
async function describeNamespace(namespace: string): Promise<string> {
  const pods = await kubectl([...within(namespace), 'get', 'pods', '--output', 'wide']);
  const events = await kubectl([...within(namespace), 'get', 'events', '--sort-by=.lastTimestamp']);
  return `${pods}\n${events.split('\n').slice(-25).join('\n')}`;
}

const within = (namespace: string | undefined): readonly string[] =>
  namespace === undefined ? [] : ['--namespace', namespace];
