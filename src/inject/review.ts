import { z } from 'zod';
import { ENABLED, LABEL } from './annotations.ts';
import { type Injection, injectPatch } from './patch.ts';
import { type Pod, readPod } from './pod.ts';
import { Refusal } from './refusal.ts';
import type { Settings } from './settings.ts';

/** The fields of an AdmissionReview (admission.k8s.io/v1) that the webhook reads. */
const reviewSchema = z.looseObject({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.looseObject({
    uid: z.string().min(1),
    kind: z.looseObject({ group: z.string(), version: z.string(), kind: z.string() }),
    operation: z.string(),
    namespace: z.string().optional(),
    subResource: z.string().optional(),
    dryRun: z.boolean().optional(),
    object: z.unknown(),
  }),
});

export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly patchType?: 'JSONPatch';
  /** The patch, in base64. */
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly status?: { readonly code: number; readonly reason: string; readonly message: string };
}

export type Outcome = Injection['outcome'] | 'not asked for' | 'own pod' | 'refused';

/** The response to an AdmissionReview, and its log entry. */
export interface Decision {
  readonly body: {
    readonly apiVersion: 'admission.k8s.io/v1';
    readonly kind: 'AdmissionReview';
    readonly response: ReviewResponse;
  };
  readonly outcome: Outcome;
  readonly facts: object;
}

/** The body is not an AdmissionReview of admission.k8s.io/v1; the message gives the reason. */
export class InvalidReviewError extends Error {}

/**
 * Answers one AdmissionReview. Throws only if it cannot be read; an API server that gets no review back follows the
 * webhook's `failurePolicy`.
 *
 * @param json the parsed body
 * @throws InvalidReviewError
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#webhook-request-and-response
 */
export function answerReview(json: unknown, settings: Settings): Decision {
  const parsed = reviewSchema.safeParse(json);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
    throw new InvalidReviewError(
      `This is not an AdmissionReview of admission.k8s.io/v1: ${path.join('.')} ${message}`,
    );
  }
  const { request } = parsed.data;
  const { uid, namespace, dryRun } = request;
  const facts = { uid, namespace, ...(dryRun ? { dry_run: true } : {}) };
  try {
    const { outcome, pod, injection } = decide(request, settings);
    return decision(outcome, allow(uid, injection), { ...facts, pod: nameOf(pod), ...injection?.facts });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const status = { code: 422, reason: 'Invalid', message: error.message };
    const why = { why: error.message, problems: error.problems.length };
    return decision('refused', { uid, allowed: false, status }, { ...facts, ...why });
  }
}

interface Review {
  readonly outcome: Outcome;
  readonly pod?: Pod;
  readonly injection?: Injection;
}

function decide(request: z.output<typeof reviewSchema>['request'], settings: Settings): Review {
  const { kind, operation, subResource } = request;
  if (kind.group !== '' || kind.version !== 'v1' || kind.kind !== 'Pod')
    throw new Refusal([
      `This webhook is for pods, not for ${kind.kind}: its configuration must have rules for pods only.`,
    ]);
  // A pod's containers cannot be changed once it exists.
  if (operation !== 'CREATE' || (subResource ?? '') !== '') return { outcome: 'not asked for' };
  const pod = podOf(request.object);
  const labels = pod.metadata.labels ?? {};
  if (labels[LABEL] !== ENABLED) return { outcome: 'not asked for', pod };
  // A webhook that injected its own pods would wait for itself.
  if (labels['app.kubernetes.io/name'] === 'mlflow-gateway') return { outcome: 'own pod', pod };
  const injection = injectPatch(pod, settings);
  return { outcome: injection.outcome, pod, injection };
}

function podOf(object: unknown): Pod {
  try {
    return readPod(object);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const [{ path, message }] = error.issues as [z.core.$ZodIssue];
    throw new Refusal([`The pod cannot be read: ${path.join('.')} ${message}.`]);
  }
}

function allow(uid: string, injection: Injection | undefined): ReviewResponse {
  const { patch = [], warnings = [] } = injection ?? {};
  return {
    uid,
    allowed: true,
    ...(patch.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

function decision(outcome: Outcome, response: ReviewResponse, facts: object): Decision {
  return { body: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }, outcome, facts };
}

/** A pod of a Deployment has no name yet when it is reviewed. */
const nameOf = (pod: Pod | undefined): string | undefined => pod?.metadata.name ?? pod?.metadata.generateName;
