import { mkdirSync, rmSync } from 'node:fs';
import { CALLERS, startCallers } from './caller.ts';
import { startCluster } from './cluster.ts';
import { IDENTITY, startKeycloak } from './keycloak.ts';
import { removeNamespace } from './namespace.ts';
import { settings } from './settings.ts';

/** Only {@link startShared} sets it: a runner without it was started by hand. */
const AUTHORITY_VARIABLE = 'E2E_AUTHORITY';

/**
 * The certificate of Keycloak's authority, PEM.
 *
 * @throws {Error} when main.ts did not start this process: KUBECONFIG may then name a cluster that is not for tests
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
 * @throws {Error} when a part does not start; the started parts are removed
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
    // The first error is the cause.
    await stop().catch(({ message }: Error) => report(message));
    throw error;
  }
}
