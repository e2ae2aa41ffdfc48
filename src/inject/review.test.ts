import { describe, expect, test } from 'vitest';
import { answerReview, InvalidReviewError, type ReviewResponse } from './review.ts';
import { readSettings } from './settings.ts';
import { applyPatch } from './testing/apply.ts';
import { officialChart, type PodJson } from './testing/pods.ts';

const settings = readSettings('{}', 'gateway:1');
const POD = { group: '', version: 'v1', kind: 'Pod' };

function review(request: object): object {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u-1',
      kind: POD,
      operation: 'CREATE',
      namespace: 'ml',
      object: officialChart(),
      ...request,
    },
  };
}

function respond(request: object): ReviewResponse & { readonly outcome: string; readonly facts: object } {
  const { body, outcome, facts } = answerReview(review(request), settings);
  expect(body).toMatchObject({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: 'u-1' },
  });
  return { ...body.response, outcome, facts };
}

test('allows a labelled pod with a patch that adds the gateway', () => {
  const { allowed, patchType, patch, warnings, outcome, facts } = respond({});
  expect({ allowed, patchType, warnings, outcome }).toEqual({
    allowed: true,
    patchType: 'JSONPatch',
    warnings: undefined,
    outcome: 'injected',
  });
  const result = applyPatch(officialChart(), JSON.parse(Buffer.from(patch!, 'base64').toString()));
  expect(result.spec.initContainers!.map(({ name }) => name)).toEqual(['mlflow-gateway']);
  expect(facts).toEqual({
    uid: 'u-1',
    namespace: 'ml',
    pod: 'mlflow-mlflow-5d8f7c9b6d-',
    container: 'mlflow',
    port: 5000,
    upstream: 'socket',
  });
});

test('answers a dry run the same way, and logs it as a dry run', () => {
  const { patch, facts } = respond({ dryRun: true });
  expect(patch).toBeDefined();
  expect(facts).toMatchObject({ dry_run: true });
});

test('returns warnings to the creator of the pod', () => {
  const object = officialChart();
  object.spec.containers[0]!.args = ['--app-name=ours'];
  expect(respond({ object }).warnings).toEqual([expect.stringContaining('--app-name')]);
});

test('refuses a pod that cannot have a gateway, with a message', () => {
  const object = officialChart();
  object.spec.hostNetwork = true;
  const { allowed, patch, status, outcome, facts } = respond({ object });
  expect({ allowed, patch, outcome }).toEqual({ allowed: false, patch: undefined, outcome: 'refused' });
  expect(status).toEqual({ code: 422, reason: 'Invalid', message: expect.stringContaining('hostNetwork') });
  expect(facts).toMatchObject({ why: status!.message, problems: 1 });
});

test('lists all problems in one message, and logs their number', () => {
  const object = officialChart();
  object.spec.hostNetwork = true;
  object.spec.containers[0]!.args = ['--app-name=basic-auth', '--artifacts-only'];
  const { status, facts } = respond({ object });
  expect(status!.message).toMatch(
    /^The pod cannot be given a gateway, for 3 reasons\. 1\. The pod has hostNetwork: true\..* 2\. MLflow requires its own credentials .* 3\. MLflow serves artifacts only /,
  );
  expect(facts).toMatchObject({ problems: 3 });
});

test('logs the host that the gateway sends', () => {
  const object = officialChart();
  object.spec.containers[0]!.args = ['--allowed-hosts=mlflow.example.com'];
  expect(respond({ object }).facts).toMatchObject({ upstream_host: 'mlflow.example.com' });
});

describe('allows unchanged', () => {
  const labelled = (labels: Record<string, string> | undefined): PodJson => {
    const { labels: _, ...metadata } = officialChart().metadata;
    return { ...officialChart(), metadata: labels === undefined ? metadata : { ...metadata, labels } };
  };

  test.each<[string, object, string]>([
    ['a pod without labels', { object: labelled(undefined) }, 'not asked for'],
    ['a pod without the label', { object: labelled({ app: 'mlflow' }) }, 'not asked for'],
    [
      'a pod with another value',
      { object: labelled({ 'mlflow-gateway.io/inject': 'disabled' }) },
      'not asked for',
    ],
    [
      'the webhook’s own pod',
      {
        object: labelled({
          'mlflow-gateway.io/inject': 'enabled',
          'app.kubernetes.io/name': 'mlflow-gateway',
        }),
      },
      'own pod',
    ],
    ['an existing pod', { operation: 'UPDATE' }, 'not asked for'],
    ['an ephemeral container', { subResource: 'ephemeralcontainers' }, 'not asked for'],
    ['a deleted pod', { operation: 'DELETE', object: null }, 'not asked for'],
  ])('%s', (_, request, expected) => {
    const { allowed, patch, outcome } = respond(request);
    expect({ allowed, patch, outcome }).toEqual({ allowed: true, patch: undefined, outcome: expected });
  });

  test('a pod of a Job that migrates the database', () => {
    const object = officialChart();
    object.spec.restartPolicy = 'Never';
    Object.assign(object.spec.containers[0]!, { command: ['mlflow', 'db', 'upgrade', 'sqlite:////x'] });
    expect(respond({ object })).toMatchObject({ allowed: true, outcome: 'runs no server' });
    expect(respond({ object }).patch).toBeUndefined();
  });

  test('a pod that already has a gateway', () => {
    const patch = JSON.parse(Buffer.from(respond({}).patch!, 'base64').toString());
    const again = respond({ object: applyPatch(officialChart(), patch) });
    expect(again).toMatchObject({ allowed: true, outcome: 'has a gateway' });
    expect(again.patch).toBeUndefined();
  });
});

test.each<[string, object, string]>([
  [
    'another kind',
    { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } },
    'for pods, not for Deployment',
  ],
  ['no pod', { object: { spec: {} } }, 'The pod cannot be read: metadata'],
  [
    'a pod without containers',
    { object: { metadata: {}, spec: { containers: [] } } },
    'The pod cannot be read: spec.containers',
  ],
  ['nothing', { object: null }, 'The pod cannot be read'],
])('%s is refused, not passed', (_, request, why) => {
  expect(respond(request)).toMatchObject({
    allowed: false,
    status: { message: expect.stringContaining(why) },
  });
});

test.each([
  ['null', null],
  ['a list', []],
  ['another version', { ...review({}), apiVersion: 'admission.k8s.io/v1beta1' }],
  ['another kind', { ...review({}), kind: 'Pod' }],
  ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }],
  ['no uid', review({ uid: '' })],
])('%s is not a review', (_, json) => {
  expect(() => answerReview(json, settings)).toThrow(InvalidReviewError);
});
