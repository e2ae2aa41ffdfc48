import { mkdirSync, rmSync } from 'node:fs';
import { CALLERS, startCallers } from './caller.ts';
import { startCluster } from './cluster.ts';
import { IDENTITY, startKeycloak } from './keycloak.ts';
import { removeNamespace } from './namespace.ts';
import { settings } from './settings.ts';

/**
 * What all files share: the cluster, Keycloak in it, and pods that ask. KUBECONFIG of the test run is set to the
 * cluster's, so that nothing can go to another one by mistake.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const began = Date.now();
  const say = (line: string): void =>
    void process.stderr.write(`e2e ${Math.round((Date.now() - began) / 1000)} s: ${line}\n`);
  const { report, keep } = settings();
  rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const cluster = await startCluster(say);
  process.env.KUBECONFIG = cluster.kubeconfig;
  const stop = async (): Promise<void> => {
    if (!keep) say('taking away what was made');
    await Promise.all([removeNamespace(CALLERS), removeNamespace(IDENTITY)]);
    await cluster.stop();
  };
  try {
    say('starting Keycloak');
    const authority = await startKeycloak();
    process.env.E2E_AUTHORITY = authority;
    say('starting the pods that ask');
    await startCallers(authority);
    say('ready');
    return stop;
  } catch (error) {
    // What went wrong first is what has to be read.
    await stop().catch(({ message }: Error) => say(message));
    throw error;
  }
}
