import { mkdirSync, rmSync } from 'node:fs';
import { CALLERS, startCallers } from './caller.ts';
import { startCluster } from './cluster.ts';
import { IDENTITY, startKeycloak } from './keycloak.ts';
import { removeNamespace } from './namespace.ts';
import { settings } from './settings.ts';

/** Set by {@link startShared} alone: a runner without it was started by hand. */
const AUTHORITY_VARIABLE = 'E2E_AUTHORITY';

/**
<<<<<<< 9a8f46f1a27a3b39bb8cc81a54396ea01aeedf30
 * Starts the shared parts of all files: the cluster, Keycloak, and pods that send requests. KUBECONFIG of the test run is set to the
 * cluster's, so that nothing can go to another one by mistake.
=======
 * The certificate of Keycloak's authority, PEM.
 *
 * @throws {Error} when main.ts did not start this process: KUBECONFIG may then name a cluster that is not for tests
>>>>>>> 6dc97804009de8635258421b37377e57604e9f44
 */
export function sharedAuthority(): string {
  const authority = process.env[AUTHORITY_VARIABLE];
  if (authority === undefined)
    throw new Error('The cluster is not prepared. Run the tests with `npm run e2e`.');
  return authority;
}

/**
 * Starts what both test runners share: the cluster, Keycloak in it, and the pods that send requests. Sets KUBECONFIG and
 * E2E_AUTHORITY of this process, which the runners inherit.
 *
 * @returns removes everything again
 * @throws {Error} when a part does not start; everything that had started is removed
 */
export async function startShared(): Promise<() => Promise<void>> {
  const began = Date.now();
  const report = (line: string): void =>
    void process.stderr.write(`e2e ${Math.round((Date.now() - began) / 1000)} s: ${line}\n`);
  const { report: folder, keep } = settings();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const cluster = await startCluster(report);
  process.env.KUBECONFIG = cluster.kubeconfig;
  const stop = async (): Promise<void> => {
    if (!keep) report('removing the namespaces');
    await Promise.all([removeNamespace(CALLERS), removeNamespace(IDENTITY)]);
    await cluster.stop();
  };
  try {
    report('starting Keycloak');
    const authority = await startKeycloak();
    process.env[AUTHORITY_VARIABLE] = authority;
    report('starting the pods that send requests');
    await startCallers(authority);
    report('ready');
    return stop;
  } catch (error) {
<<<<<<< 9a8f46f1a27a3b39bb8cc81a54396ea01aeedf30
    // The first error is the cause.
    await stop().catch(({ message }: Error) => say(message));
=======
    // The first error is the one to read.
    await stop().catch(({ message }: Error) => report(message));
>>>>>>> 6dc97804009de8635258421b37377e57604e9f44
    throw error;
  }
}
