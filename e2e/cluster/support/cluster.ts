import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';
import { settings } from './settings.ts';

const NAME = 'mlflow-gateway-e2e';
const ROOT = join(import.meta.dirname, '../../..');

export interface Cluster {
  readonly kubeconfig: string;
  /** Gives the nodes an image of this machine's docker. The existing cluster has its images already: nothing is done. */
  load(image: string): Promise<void>;
  /** Removes everything that was created. */
  stop(): Promise<void>;
}

/**
 * Returns the existing cluster of E2E_KUBECONFIG; else creates one with kind, builds the gateway's image from this checkout and
 * loads it. The other images are pulled by the cluster.
 *
 * @throws Error with the tools that this machine lacks
 */
export async function startCluster(report: (line: string) => void): Promise<Cluster> {
  const { kubeconfig, nodeImage, gatewayImage, keep } = settings();
  if (kubeconfig !== undefined) return { kubeconfig, load: async () => {}, stop: async () => {} };
  report(`building ${gatewayImage}`);
  await run('docker', ['build', '--tag', gatewayImage, ROOT], { timeoutMs: 900_000 });
  const own = join(mkdtempSync(join(tmpdir(), 'e2e-')), 'kubeconfig');
  const env = { KUBECONFIG: own };
  report(`making the cluster ${NAME}`);
  const config = join(import.meta.dirname, '../kind.yaml');
  const image = nodeImage === undefined ? [] : ['--image', nodeImage];
  const create = ['create', 'cluster', '--name', NAME, '--config', config, '--wait', '180s', ...image];
  await run('kind', create, { env, timeoutMs: 900_000 });
  const remove = async (): Promise<void> => {
    if (!keep) await run('kind', ['delete', 'cluster', '--name', NAME], { env });
  };
  const load = async (image: string): Promise<void> => {
    await run('kind', ['load', 'docker-image', image, '--name', NAME], { env, timeoutMs: 300_000 });
  };
  try {
    await load(gatewayImage);
    return { kubeconfig: own, load, stop: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
