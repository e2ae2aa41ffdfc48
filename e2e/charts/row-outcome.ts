import type { Admission, AdmissionResult } from './admission.ts';
import { writeByHand } from './by-hand.ts';
import { type Charts, podsOf } from './pods-of.ts';
import { ChartError } from './render.ts';
import type { Row } from './rows.ts';
import type { Method, Origin, PodObject, Rendering } from './types.ts';

const GATEWAY = 'mlflow-gateway';

/** The result of a row in one chart and with one method. */
export type Outcome =
  /** Every server has its gateway, and jobs are unchanged; a proof shows whether it works. */
  | {
      readonly kind: 'patched';
      readonly servers: readonly PodObject[];
      readonly data: Rendering['data'];
      readonly warnings: readonly string[];
    }
  | { readonly kind: 'refused'; readonly message: string }
  /** Neither: a pod without a gateway, or a job with one. */
  | { readonly kind: 'wrong'; readonly message: string };

/**
 * Renders a row's pods and has them admitted.
 *
 * @returns `undefined` if the chart has no such values
 */
export async function rowOutcome(
  row: Row,
  origin: Origin,
  method: Method,
  charts: Charts,
  admission: Admission,
): Promise<Outcome | undefined> {
  const byHand = method === 'by hand' ? admission.byHand(row) : undefined;
  let rendering: Rendering | undefined;
  try {
    rendering = await podsOf(row, origin, charts, origin === 'plain' ? undefined : byHand?.[origin]);
  } catch (error) {
    if (!(error instanceof ChartError)) throw error;
    return { kind: 'wrong', message: error.message };
  }
  if (rendering === undefined) return undefined;
  const servers: PodObject[] = [];
  const warnings: string[] = [];
  for (const { role, pod } of rendering.pods) {
    const written = origin === 'plain' && byHand !== undefined ? writeByHand(pod, byHand) : pod;
    const result = await admission.admit(row, method, written);
    if (result.kind === 'refused') return result;
    const wrong = wrongWith(role, result);
    if (wrong !== undefined) return { kind: 'wrong', message: wrong };
    warnings.push(...result.warnings);
    if (role === 'server') servers.push(result.pod);
  }
  return { kind: 'patched', servers, data: rendering.data, warnings: [...new Set(warnings)] };
}

function wrongWith(
  role: 'server' | 'job',
  { pod }: Extract<AdmissionResult, { kind: 'admitted' }>,
): string | undefined {
  const { containers, initContainers = [] } = pod.spec;
  const has = [...containers, ...initContainers].some(({ name }) => name === GATEWAY);
  if (role === 'server' && !has) return `the pod ${pod.metadata.name} was let in without a gateway`;
  if (role === 'job' && has) return `the pod ${pod.metadata.name} of a job was given a gateway`;
  return undefined;
}
