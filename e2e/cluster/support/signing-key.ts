import { onNode } from './caller.ts';
import { eventually } from './eventually.ts';
import { kubectl } from './kubectl.ts';

const KEYS = '/openid/v1/jwks';

/** The ids of the keys that the cluster publishes. */
async function publishedKeys(): Promise<readonly string[]> {
  const { keys } = JSON.parse(await kubectl(['--request-timeout=3s', 'get', '--raw', KEYS]));
  return (keys as { kid: string }[]).map(({ kid }) => kid);
}

/**
 * Gives the API server of a cluster made by kubeadm a new key for service account tokens, beside the present one: it publishes both, and
 * signs with the new one. The API server restarts, which takes about 40 seconds without one. The change stays.
 *
 * @returns the id of the new key
 * @throws Error where the node has no static pod `kube-apiserver`
 */
export async function rotateSigningKey(): Promise<string> {
  const before = await publishedKeys();
  await onNode(`
    const { generateKeyPairSync } = require('node:crypto');
    const folder = '/etc/kubernetes/pki/', manifest = root + '/etc/kubernetes/manifests/kube-apiserver.yaml';
    const name = 'sa-e2e-' + Date.now().toString(36);
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    fs.writeFileSync(root + folder + name + '.key', pair.privateKey, { mode: 0o600 });
    fs.writeFileSync(root + folder + name + '.pub', pair.publicKey);
    const present = /--service-account-signing-key-file=(\\S+)[.]key/;
    const lines = fs.readFileSync(manifest, 'utf8').split('\\n');
    const old = lines.map((line) => present.exec(line)?.[1]).find((path) => path !== undefined);
    const changed = lines
      .filter((line) => !line.includes('--service-account-key-file='))
      .flatMap((line) => {
        if (!present.test(line)) return [line];
        const option = (words) => line.slice(0, line.indexOf('--')) + words;
        return [
          option('--service-account-key-file=' + old + '.pub'),
          option('--service-account-key-file=' + folder + name + '.pub'),
          option('--service-account-signing-key-file=' + folder + name + '.key'),
        ];
      });
    // The kubelet reads every file of the folder.
    fs.writeFileSync(root + '/etc/kubernetes/kube-apiserver.next', changed.join('\\n'));
    fs.renameSync(root + '/etc/kubernetes/kube-apiserver.next', manifest);`);
  const answer = async (): Promise<string> => {
    const added = (await publishedKeys()).find((kid) => !before.includes(kid));
    if (added === undefined) throw new Error('the keys are the old ones');
    await kubectl(['--request-timeout=3s', 'get', '--raw', '/readyz']);
    return added;
  };
  return eventually('the API server with its new key', answer, { timeoutMs: 240_000 });
}
