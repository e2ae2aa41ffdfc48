import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../dev/ports.ts';
import { run } from '../../cluster/support/command.ts';

const FOLDER = join(import.meta.dirname, '../../../examples/kind');
const SCRIPT = join(FOLDER, 'run.sh');
/** Images are pulled and built on the way. */
const START_TIMEOUT_MS = 30 * 60_000;
const TIMEOUT_MS = 5 * 60_000;

/** The example, on a cluster of its own. */
export interface Example {
  /** The output of the first run of the script. */
  readonly output: string;
  /** MLflow's address on this machine. */
  readonly url: string;
  readonly cluster: string;
  /** The file that the script wrote. */
  readonly kubeconfig: string;
  /** Runs the script again. @throws Error with its output, if it fails */
  script(...args: readonly string[]): Promise<string>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** Deletes the cluster. */
  remove(): Promise<void>;
}

/**
 * Runs `examples/kind/run.sh` as its README says, with a name and a port of its own. The variables of the script, such as `NODE_IMAGE` and
 * `COMMUNITY_CHART`, may be set.
 *
 * @param usersKubeconfig the `KUBECONFIG` of the user, which the script must leave alone
 * @throws Error with the script's output, if it fails
 */
export async function startExample(usersKubeconfig: string): Promise<Example> {
  const cluster = `mlflow-gateway-kind-${process.pid}`;
  const port = await freePort();
  const kubeconfig = join(FOLDER, `${cluster}.kubeconfig`);
  const env = { CLUSTER: cluster, MLFLOW_PORT: String(port), KUBECONFIG: usersKubeconfig };
  const script = (args: readonly string[], timeoutMs: number): Promise<string> =>
    run(SCRIPT, args, { env, timeoutMs });
  const remove = async (): Promise<void> => {
    await script(['--delete'], TIMEOUT_MS);
  };
  let output = '';
  try {
    output = await run(SCRIPT, [], {
      env,
      timeoutMs: START_TIMEOUT_MS,
      onOutput: (text) => {
        output += text;
        process.stderr.write(text);
      },
    });
  } catch (error) {
    // The script deletes only a cluster that it has made completely.
    if (existsSync(kubeconfig)) await remove();
    throw new Error(`${output}\n${(error as Error).message}`);
  }
  return {
    output,
    url: `http://localhost:${port}`,
    cluster,
    kubeconfig,
    script: (...args) => script(args, TIMEOUT_MS),
    kubectl: (...args) => run('kubectl', args, { env: { KUBECONFIG: kubeconfig } }),
    remove,
  };
}
