import { unique } from '../../../harness/stack.ts';
import { API, type Estate, PROXY, placeOf } from '../estate.ts';
import { type Attack, gets, posts } from './attack.ts';

const bytes = Buffer.from('intruder');
const puts = (name: string, path: Parameters<typeof gets>[2]): Attack => ({
  name,
  effect: 'changes',
  send: (as, v, own) => as(path(v, own), { method: 'PUT', body: bytes }),
});
const MPU = '/api/2.0/mlflow-artifacts/mpu';

const WAYS: readonly Attack[] = [
  gets('fetch from the proxy', 'reads', (v) => `${PROXY}/${placeOf(v.runUri)}/secret.txt`),
  gets(
    'fetch from the proxy by its other mount',
    'reads',
    (v) => `/ajax-api/2.0/mlflow-artifacts/artifacts/${placeOf(v.runUri)}/secret.txt`,
  ),
  gets('fetch a model’s file from the proxy', 'reads', (v) => `${PROXY}/${placeOf(v.modelUri)}/secret.txt`),
  gets('list a run’s directory', 'passes', (v) => `${PROXY}?path=${placeOf(v.runUri)}`),
  gets('list an experiment’s directory', 'passes', (v) => `${PROXY}?path=${v.experiment}`),
  gets('list an experiment’s directory with a slash', 'passes', (v) => `${PROXY}?path=${v.experiment}/`),
  gets('list all', 'passes', () => PROXY),
  gets('list all, with an empty path', 'passes', () => `${PROXY}?path=`),
  gets('list the shared directory', 'passes', () => `${PROXY}?path=0`),
  gets('list the roots of all tenants', 'passes', () => `${PROXY}?path=tenants`),
  gets('list the root of another tenant', 'passes', (v) => `${PROXY}?path=tenants/${v.tenant}`),
  puts('overwrite a file', (v) => `${PROXY}/${placeOf(v.runUri)}/secret.txt`),
  puts('add a file', (v) => `${PROXY}/${placeOf(v.runUri)}/intruder.txt`),
  puts('add a file beside its runs', (v) => `${PROXY}/${v.experiment}/intruder.txt`),
  gets('delete a file', 'changes', (v) => `${PROXY}/${placeOf(v.runUri)}/secret.txt`, 'DELETE'),
  gets('delete an experiment’s directory', 'changes', (v) => `${PROXY}/${v.experiment}`, 'DELETE'),
  // MLflow decodes a path again and again.
  ...['%2e%2e', '%252e%252e', '..%2f..', '.'].map((dots) =>
    gets(
      `climb with ${dots}`,
      'closed',
      (v, own) => `${PROXY}/${placeOf(own.runUri)}/${dots}/${dots}/${dots}/${placeOf(v.runUri)}/secret.txt`,
    ),
  ),
  gets('encode the id once more', 'reads', (v) => {
    const [first = '', ...rest] = placeOf(v.runUri);
    return `${PROXY}/%25${first.charCodeAt(0).toString(16)}${rest.join('')}/secret.txt`;
  }),
  gets('double a slash', 'reads', (v) => `${PROXY}/${placeOf(v.runUri)}//secret.txt`),
  gets(
    'go through an own run',
    'closed',
    (v, own) => `${PROXY}/${v.experiment}/${own.run}/artifacts/secret.txt`,
  ),
  gets('fetch from a run', 'reads', (v) => `/get-artifact?run_id=${v.run}&path=secret.txt`),
  gets(
    'fetch from a run by the older field',
    'reads',
    (v) => `/get-artifact?run_uuid=${v.run}&path=secret.txt`,
  ),
  gets(
    'fetch from a run, naming an own one',
    'reads',
    (v, own) => `/get-artifact?run_uuid=${own.run}&run_id=${v.run}&path=secret.txt`,
  ),
  gets('list a run’s files', 'passes', (v) => `${API}/artifacts/list?run_id=${v.run}`),
  gets(
    'list a run’s files beside an own run',
    'passes',
    (v, own) => `${API}/artifacts/list?run_id=${own.run}&run_uuid=${v.run}`,
  ),
  {
    name: 'upload to a run',
    effect: 'changes',
    send: (as, v) =>
      as(`/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${v.run}&path=intruder.txt`, {
        method: 'POST',
        body: bytes,
      }),
  },
  gets(
    'list a logged model’s files',
    'passes',
    (v) => `${API}/logged-models/${v.model}/artifacts/directories`,
  ),
  gets(
    'fetch from a logged model',
    'reads',
    (v) => `/ajax-api/2.0/mlflow/logged-models/${v.model}/artifacts/files?artifact_file_path=secret.txt`,
  ),
  gets(
    'fetch from a version',
    'reads',
    (v) => `/model-versions/get-artifact?name=${v.registered}&version=1&path=secret.txt`,
  ),
  // What a local store cannot do MLflow says itself, straight; the gateway refuses before.
  posts('begin an upload in parts', 'closed', `${MPU}/create/PLACE`, () => ({ path: 'x', num_parts: 1 })),
  posts('end an upload in parts', 'closed', `${MPU}/complete/PLACE`, () => ({
    path: 'x',
    upload_id: 'u',
    parts: [{ part_number: 1, etag: 'e' }],
  })),
  posts('give up an upload in parts', 'closed', `${MPU}/abort/PLACE`, () => ({ path: 'x', upload_id: 'u' })),
  gets(
    'have a download signed',
    'closed',
    (v) => `/api/2.0/mlflow-artifacts/presigned/${placeOf(v.runUri)}/secret.txt`,
  ),
  posts('have a run’s download signed', 'closed', `${API}/artifacts/presigned-download-url`, (v) => ({
    run_id: v.run,
    path: 'secret.txt',
  })),
  posts('have a run’s upload signed', 'closed', `${API}/artifacts/presigned-upload-url`, (v) => ({
    run_id: v.run,
    path: 'secret.txt',
  })),
  posts('have a model’s upload signed', 'closed', `${API}/artifacts/presigned-upload-url`, (v) => ({
    model_id: v.model,
    path: 'secret.txt',
  })),
];

/** By every way to the bytes. */
export const ARTIFACTS: readonly Attack[] = WAYS.map((attack) => ({
  ...attack,
  send: (as, v, own) =>
    attack.send((path, init) => as(path.replace('PLACE', placeOf(v.runUri)), init), v, own),
}));

const keeps = (name: string, effect: Attack['effect'], place: (v: Estate, own: Estate) => string): Attack =>
  posts(`keep artifacts ${name}`, effect, `${API}/experiments/create`, (v, own) => ({
    name: unique('placed'),
    artifact_location: place(v, own),
  }));

/** Where an experiment is told to keep its artifacts. */
export const PLACES: readonly Attack[] = [
  keeps("in another's run", 'passes', (v) => v.runUri),
  keeps("in another's experiment", 'passes', (v) => `mlflow-artifacts:/${v.experiment}`),
  keeps("in another's root", 'passes', (v) => `mlflow-artifacts:/tenants/${v.tenant}/x`),
  keeps(
    'in a root that begins as the own one',
    'passes',
    (_, own) => `mlflow-artifacts:/tenants/${own.tenant}x`,
  ),
  keeps('in the shared directory', 'passes', () => 'mlflow-artifacts:/0'),
  keeps('at the top', 'passes', () => 'mlflow-artifacts:/'),
  keeps('where the server runs', 'passes', () => 'prompt-template'),
  keeps('where the server runs, by another word', 'passes', () => 'mlartifacts'),
  keeps('in a file of the server', 'passes', () => 'file:///tmp/x'),
  keeps('in a bucket', 'passes', () => 's3://bucket/x'),
  // The name may be another's by the time it is read.
  keeps('in an own registered model', 'passes', (_, own) => `models:/${own.registered}/1`),
  keeps("in another's registered model", 'passes', (v) => `models:/${v.registered}/1`),
  keeps('in an own run by its URI', 'closed', (_, own) => `runs:/${own.run}/x`),
  keeps('on another host', 'closed', (_, own) => own.runUri.replace(':/', '://elsewhere.example/')),
  keeps('above the own root', 'passes', (_, own) => `mlflow-artifacts:/tenants/${own.tenant}/../x`),
];
