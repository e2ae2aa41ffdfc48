import { mkdirSync, rmSync } from 'node:fs';
import { CALLERS, startCallers } from '../cluster/support/caller.ts';
import { makeCertificate } from '../cluster/support/certificates.ts';
import { startCluster } from '../cluster/support/cluster.ts';
import { removeNamespace } from '../cluster/support/namespace.ts';
import { settings } from '../cluster/support/settings.ts';
import { buildPrevious, previous, unpackPrevious } from './previous.ts';

/** Starts the cluster with the images of both versions, and the pods that send requests. */
export default async function setup(): Promise<() => Promise<void>> {
  const began = Date.now();
  const say = (line: string): void =>
    void process.stderr.write(`e2e:upgrade ${Math.round((Date.now() - began) / 1000)} s: ${line}\n`);
  const { report } = settings();
  rmSync(report, { recursive: true, force: true });
  mkdirSync(report, { recursive: true });
  const before = previous();
  await unpackPrevious(before);
  if (!process.env.E2E_PREVIOUS_IMAGE) {
    say(`building ${before.image}`);
    await buildPrevious(before);
  }
  const cluster = await startCluster(say);
  process.env.KUBECONFIG = cluster.kubeconfig;
  const stop = async (): Promise<void> => {
    await removeNamespace(CALLERS);
    await cluster.stop();
  };
  try {
    await cluster.load(before.image);
    say('starting the pods that send requests');
    const { authority } = await makeCertificate('idp.example.com');
    await startCallers(authority);
    say('ready');
    return stop;
  } catch (error) {
    // The first error is the cause.
    await stop().catch(({ message }: Error) => say(message));
    throw error;
  }
}
