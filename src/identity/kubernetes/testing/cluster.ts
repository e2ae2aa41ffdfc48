import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { CERTIFICATE, PRIVATE_KEY } from '../../../upstream/testing/tls.ts';
import type { ApiServer } from '../api-server.ts';
import { findApiServer } from '../api-server.ts';

/** The paths of an API server that a gateway reads, over TLS, and the files of a pod. A test may change all of it at any time. */
export interface Cluster {
  readonly server: ApiServer;
  /** The requests, as in `GET /openid/v1/jwks`, and the token of each. */
  readonly requests: { readonly line: string; readonly authorization: string | undefined }[];
  issuer: unknown;
  keys: JWK[];
  /** Replaces every response. */
  respond: ((req: IncomingMessage, res: ServerResponse) => void) | undefined;
  /** Replaces the files of the pod, as the kubelet does. */
  write(file: 'token' | 'ca.crt', text: string): void;
  stop(): Promise<void>;
}

const KEYS = '/openid/v1/jwks';

/** The issuer's name of a cluster made by kubeadm. */
export const CLUSTER_ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Starts the paths of an API server on 127.0.0.1, in the form in which Kubernetes 1.34 serves them. */
export async function startCluster(keys: JWK[]): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-'));
  const https = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (req, res) => {
    cluster.requests.push({ line: `${req.method} ${req.url}`, authorization: req.headers.authorization });
    if (cluster.respond !== undefined) return cluster.respond(req, res);
    // Each document has one media type, and Kubernetes answers 406 to others.
    const type = req.url === KEYS ? 'application/jwk-set+json' : 'application/json';
    if (!req.headers.accept?.includes(type)) return void res.writeHead(406).end();
    const document =
      req.url === '/.well-known/openid-configuration'
        ? { issuer: cluster.issuer, jwks_uri: 'https://192.0.2.1:6443/openid/v1/jwks' }
        : { keys: cluster.keys };
    res.writeHead(200, { 'content-type': type }).end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  const env = {
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String((https.address() as AddressInfo).port),
  };
  const cluster: Cluster = {
    server: findApiServer(env, directory)!,
    requests: [],
    issuer: CLUSTER_ISSUER,
    keys,
    respond: undefined,
    write: (file, text) => writeFileSync(join(directory, file), text),
    async stop() {
      https.closeAllConnections();
      await new Promise((resolve) => https.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
  cluster.write('token', 'first-token\n');
  cluster.write('ca.crt', CERTIFICATE);
  return cluster;
}
