import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChart } from '../../charts/sources.ts';
import { onNode } from './caller.ts';
import { run } from './command.ts';
import { relayTo } from './forward.ts';
import { apply, kubectl, list, remove } from './kubectl.ts';
import { removeNamespace } from './namespace.ts';
import { settings } from './settings.ts';

const FOLDER = join(import.meta.dirname, '../../../examples/kind');
/** The namespaces of `mlflow.yaml`, `teams.yaml` and the script. */
const NAMESPACES = ['mlflow', 'team-a', 'team-b', 'elsewhere'];
const NODE_PORT = 30_080;
const VOLUME = { name: 'kind-example', folder: '/var/lib/kind-example' };
const TIMEOUT_MS = 600_000;

/** `examples/kind` on the cluster of the tests. */
export interface KindExample {
  /** The output of its script. */
  readonly output: string;
  /** MLflow's address on this machine. */
  readonly url: string;
  /** Removes everything again; the cluster stays. */
  stop(): Promise<void>;
}

/**
 * Runs `examples/kind/run.sh` on the cluster of the tests, which the script takes for one that it has made: it skips step 1.
 *
 * @returns the example, or the reason why it cannot run here: a cluster of another kind, or a chart that is not to be had
 * @throws {Error} with the script's output, if it fails; and if the cluster has namespaces of these names already
 */
export async function startKindExample(): Promise<KindExample | { readonly missing: string }> {
  const cluster = await nameOfKind();
  if (cluster === undefined) return { missing: 'the cluster is not one that kind has made on this machine' };
  const work = mkdtempSync(join(tmpdir(), 'kind-example-'));
  const chart = findChart('community', work);
  if ('missing' in chart) return { missing: chart.missing };
  for (const { metadata } of await list('', 'namespaces')) {
    if (!NAMESPACES.includes(metadata.name)) continue;
    if (metadata.deletionTimestamp === undefined)
      throw new Error(`the cluster has a namespace ${metadata.name} already`);
    await remove(undefined, 'namespace', metadata.name);
  }

  // The script's port is one of the node, which this cluster does not publish.
  const [node] = await list('', 'nodes');
  const { address } = node!.status.addresses.find(({ type }: { type: string }) => type === 'InternalIP');
  const relay = await relayTo(address, NODE_PORT);
  const kubeconfig = join(FOLDER, `${cluster}.kubeconfig`);
  copyFileSync(process.env.KUBECONFIG!, kubeconfig);
  const stop = async (): Promise<void> => {
    rmSync(kubeconfig, { force: true });
    rmSync(work, { recursive: true, force: true });
    await relay.stop();
    await Promise.all(NAMESPACES.map(removeNamespace));
    await kubectl(['delete', 'persistentvolume', VOLUME.name, '--ignore-not-found', '--wait=false']);
  };
  try {
    await makeVolume();
    const { gatewayImage, mlflowImage } = settings();
    const output = await run(join(FOLDER, 'run.sh'), [], {
      env: {
        CLUSTER: cluster,
        MLFLOW_PORT: String(relay.port),
        GATEWAY_IMAGE: gatewayImage,
        MLFLOW_IMAGE: mlflowImage,
        ...(chart.given ? { COMMUNITY_CHART: chart.folder } : {}),
      },
      onOutput: (text) => process.stderr.write(text),
      timeoutMs: TIMEOUT_MS,
    });
    return { output, url: `http://localhost:${relay.port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The name of the cluster, if it is one that kind has made on this machine. */
async function nameOfKind(): Promise<string | undefined> {
  const context = (await kubectl(['config', 'current-context'])).trim();
  const clusters = await run('kind', ['get', 'clusters']).catch(() => '');
  return clusters.split('\n').find((name) => name !== '' && context === `kind-${name}`);
}

/** A volume for MLflow that its user can write: not every provisioner of a node's folders makes one. */
async function makeVolume(): Promise<void> {
  const path = `root + '${VOLUME.folder}'`;
  // Also one that an earlier run has left.
  await onNode(
    `fs.rmSync(${path}, { recursive: true, force: true }); fs.mkdirSync(${path}); fs.chmodSync(${path}, 0o777)`,
  );
  await remove(undefined, 'persistentvolume', VOLUME.name);
  await apply(undefined, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: VOLUME.name },
    spec: {
      storageClassName: 'standard',
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: VOLUME.folder },
      claimRef: { namespace: 'mlflow', name: 'mlflow-data' },
    },
  });
}
