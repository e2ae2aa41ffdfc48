import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { ApiServer } from '../../chart/tests/api-server.ts';
import { CHART, KUBERNETES, type KubeObject } from '../../chart/tests/helm.ts';
import { at, merge } from '../../chart/tests/trees.ts';
import { found } from '../../dev/waiting.ts';
import { injectPatch } from '../../src/inject/patch.ts';
import { readPod } from '../../src/inject/pod.ts';
import { Refusal } from '../../src/inject/refusal.ts';
import { readSettings, type Settings } from '../../src/inject/settings.ts';
import { SettingsError } from '../../src/inject/settings-error.ts';
import { applyPatch } from '../../src/inject/testing/apply.ts';
import { type ByHand, readByHand } from './by-hand.ts';
import { ChartError, helm, objectsIn } from './render.ts';
import { plainPod, ROWS, type Row } from './rows.ts';
import { METHODS, type Method, type PodObject, type Values } from './types.ts';

/** The result of one pod. */
export type AdmissionResult =
  /** The pod that Kubernetes would run. */
  | { readonly kind: 'admitted'; readonly pod: PodObject; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly message: string };

const METHOD_VALUE = { webhook: 'webhook', policy: 'admissionPolicy', 'by hand': 'none' } as const;
const API_VERSIONS = ['admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy'];
const KINDS = /AdmissionPolicy(Binding)?$/;
const IN_FORCE_MS = 30_000;

/** Values of the gateway's chart for a row. */
function ourValues({ ours = {} }: Pick<Row, 'ours'>, method: Method): Values {
  const base = {
    mode: 'sidecar',
    config: { GW_OIDC_ISSUER: 'https://idp.example.com', GW_OIDC_AUDIENCE: 'mlflow' },
    injection: { method: METHOD_VALUE[method] },
  };
  return merge(base, ours);
}

/** The gateway's chart, installed with one method and one set of values: the parts that affect pods. */
interface Installation {
  readonly namespace: string;
  readonly method: Method;
  /** The port that the chart finds for MLflow. */
  readonly port: number;
  readonly objects: readonly KubeObject[];
  readonly settings: Settings | undefined;
  readonly byHand: ByHand | undefined;
  /** The chart's message about values that it refuses. */
  readonly refusal: string | undefined;
}

/** Admits pods like a cluster in which the gateway's chart is installed. */
export interface Admission {
  /** The blocks in the notes of the release for MLflow's values or manifest. */
  byHand(row: Row): ByHand | undefined;
  admit(row: Row, method: Method, pod: PodObject): Promise<AdmissionResult>;
}

/**
 * Installs the chart's admission policies for every row and method into a real API server, each in a separate namespace; the webhook
 * runs in this process, with the settings from the chart. The guard runs last with every method.
 */
export async function openAdmission(server: ApiServer, rows: readonly Row[] = ROWS): Promise<Admission> {
  const installations = new Map<string, Installation>();
  const keyOf = (row: Row, method: Method): string => JSON.stringify(ourValues(row, method));
  const wanted = new Map(
    rows.flatMap((row) => METHODS.map((method) => [keyOf(row, method), { row, method }])),
  );
  await Promise.all(
    [...wanted].map(async ([key, { row, method }], i) => {
      installations.set(key, await install(server, ourValues(row, method), method, `charts-${i}`));
    }),
  );
  const all = [...installations.values()];
  server.kubectl(
    ['apply', '--server-side', '-f', '-'],
    all.flatMap(({ namespace, objects }) => [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...objects.filter(({ kind }) => KINDS.test(kind)),
    ]),
  );
  const create = client(server);
  for (const { namespace, method, refusal, port } of all)
    if (refusal === undefined) await untilInForce(create, namespace, method, port);
  const find = (row: Row, method: Method): Installation => installations.get(keyOf(row, method))!;
  return {
    byHand: (row) => find(row, 'by hand').byHand,
    admit: async (row, method, pod) => {
      const { namespace, settings, refusal } = find(row, method);
      if (refusal !== undefined) return { kind: 'refused', message: refusal };
      if (settings === undefined) return create(namespace, pod);
      const { labels = {} } = pod.metadata;
      if (labels['mlflow-gateway.io/inject'] !== 'enabled') return create(namespace, pod);
      try {
        const { patch, warnings } = injectPatch(readPod(pod), settings);
        const result = await create(namespace, applyPatch(pod, patch));
        return result.kind === 'refused'
          ? {
              kind: 'refused',
              message: `The webhook accepted the pod and the guard refused it: ${result.message}`,
            }
          : { ...result, warnings: [...warnings, ...result.warnings] };
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return { kind: 'refused', message: error.message };
      }
    },
  };
}

async function install(
  { kubeconfig }: ApiServer,
  values: Values,
  method: Method,
  namespace: string,
): Promise<Installation> {
  const port = Number(at(values, 'injection.port') ?? 5000);
  const none = { namespace, method, port, objects: [], settings: undefined, byHand: undefined };
  try {
    const place = [namespace, CHART, '--namespace', namespace];
    const version = [
      '--kube-version',
      KUBERNETES,
      ...API_VERSIONS.flatMap((name) => ['--api-versions', name]),
    ];
    const objects = objectsIn(await helm(['template', ...place, ...version], values));
    const settings = method === 'webhook' ? settingsOf(objects) : undefined;
    if (method !== 'by hand') return { ...none, objects, settings, refusal: undefined };
    const notes = await helm(['install', ...place, '--dry-run=client'], values, kubeconfig);
    return { ...none, objects, byHand: readByHand(notes), refusal: undefined };
  } catch (error) {
    // With unreadable settings the webhook does not start, and so no labelled pod starts.
    if (error instanceof ChartError || error instanceof SettingsError)
      return { ...none, refusal: plainly(error.message) };
    throw error;
  }
}

/** The chart's message without helm's own text. */
const plainly = (said: string): string =>
  said
    .replaceAll(/\s+/g, ' ')
    .replace(/^Error: (?:INSTALLATION FAILED: )?(?:execution error at \(.*?\): )?/, '')
    .replace(/ Use --debug flag.*$/, '');

function settingsOf(objects: readonly KubeObject[]): Settings {
  const map = objects.find(({ kind, data }) => kind === 'ConfigMap' && data?.['settings.json'] !== undefined);
  const image = objects
    .flatMap(({ kind, spec }) => (kind === 'Deployment' ? spec.template.spec.containers : []))
    .flatMap(({ env = [] }: { env?: { name: string; value?: string }[] }) => env)
    .find(({ name }: { name: string }) => name === 'GW_INJECT_IMAGE');
  return readSettings(map?.data['settings.json'], image?.value ?? 'mlflow-gateway');
}

type Create = (namespace: string, pod: PodObject) => Promise<AdmissionResult>;

/** Creates pods for a moment, by the API itself: kubectl needs a tenth of a second for each. */
function client(server: ApiServer): Create {
  const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string } }[];
    users: { user: { token: string } }[];
  };
  const base = config.clusters[0]!.cluster.server;
  const { token } = config.users[0]!.user;
  return (namespace, pod) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      // The server's certificate is self-signed and new.
      const options = { method: 'POST', headers, rejectUnauthorized: false };
      const sent = request(`${base}/api/v1/namespaces/${namespace}/pods?dryRun=All`, options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString()) as PodObject & { message?: string };
          const warnings = [answer.headers.warning ?? []]
            .flat()
            .map((line) => line.replace(/^299 - "(.*)"$/, '$1'));
          if (answer.statusCode === 201) resolve({ kind: 'admitted', pod: body, warnings });
          else resolve({ kind: 'refused', message: denial(body.message ?? `HTTP ${answer.statusCode}`) });
        });
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(pod));
    });
}

/** The message of the admission policy, without the API server's prefix. */
const denial = (message: string): string =>
  message.replace(/^.*? denied request: /s, '').replace(/^pods "[^"]*" is forbidden: /, '');

/** Policies take effect at different times, within about a second. */
async function untilInForce(create: Create, namespace: string, method: Method, port: number): Promise<void> {
  const labelled = (pod: PodObject): PodObject => ({
    ...pod,
    metadata: { ...pod.metadata, labels: { 'mlflow-gateway.io/inject': 'enabled' } },
  });
  // The first can never have a gateway; the second is the usual pod.
  const hostNetworked = labelled(
    plainPod({ container: { args: ['mlflow', 'server'] }, spec: { hostNetwork: true } }),
  );
  const container = {
    args: ['mlflow', 'server', '--host=0.0.0.0', `--port=${port}`],
    ports: [{ containerPort: port }],
    readinessProbe: undefined,
  };
  const usual = labelled(plainPod({ container }));
  await found(
    `the policies of ${namespace} (${method}) are in force`,
    async () => {
      const refused = (await create(namespace, hostNetworked)).kind === 'refused';
      const result = await create(namespace, usual);
      return refused && (method === 'policy') === (result.kind === 'admitted');
    },
    { timeoutMs: IN_FORCE_MS, everyMs: 100 },
  );
}
