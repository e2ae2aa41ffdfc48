import { mkdirSync, rmSync } from 'node:fs';
import { CALLERS, startCallers } from '../cluster/support/caller.ts';
import { makeCertificate } from '../cluster/support/certificates.ts';
import { startCluster } from '../cluster/support/cluster.ts';
import { kubectl } from '../cluster/support/kubectl.ts';
import { removeNamespace } from '../cluster/support/namespace.ts';
import { path } from '../cluster/support/report.ts';
import { settings } from '../cluster/support/settings.ts';
import { haveCharts } from './support/charts.ts';
import { startDatabase, stopDatabase } from './support/database.ts';
import { startIngress, stopIngress } from './support/ingress.ts';
import { writePage } from './support/record.ts';

/**
 * Starts the shared parts of all files: the cluster, an Ingress controller, PostgreSQL, and pods that send requests. At the end it writes the page with
 * the result.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const began = Date.now();
  const say = (line: string): void =>
    void process.stderr.write(`e2e:charts ${Math.round((Date.now() - began) / 1000)} s: ${line}\n`);
  const { report, keep } = settings();
  // Failed rows can be repeated by name: the page keeps the other results.
  if (!keep) rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const folders = Boolean(process.env.MLFLOW_CHART || process.env.COMMUNITY_CHART);
  haveCharts(path('charts'));
  const cluster = await startCluster(say);
  process.env.KUBECONFIG = cluster.kubeconfig;
  const stop = async (): Promise<void> => {
    const version = JSON.parse(await kubectl(['version', '--output=json'])).serverVersion
      .gitVersion as string;
    writePage({
      kubernetes: version.replace(/^v/, ''),
      date: new Date().toISOString().slice(0, 10),
      folders,
    });
    if (!keep) {
      say('taking away what was made');
      await Promise.all([removeNamespace(CALLERS), stopIngress(), stopDatabase()]);
    }
    await cluster.stop();
  };
  try {
    say('starting the Ingress controller, PostgreSQL and the pods that ask');
    const { authority } = await makeCertificate('idp.example.com');
    const [address] = await Promise.all([startIngress(), startDatabase(), startCallers(authority)]);
    process.env.E2E_INGRESS_ADDRESS = address;
    say('ready');
    return stop;
  } catch (error) {
    // The first error is the cause.
    await stop().catch(({ message }: Error) => say(message));
    throw error;
  }
}
