import type { Admission, Verdict } from './admission.ts';
import { writeByHand } from './by-hand.ts';
import { type Charts, podsOf } from './pods-of.ts';
import { ChartError } from './render.ts';
import type { Row } from './rows.ts';
import type { Method, Origin, PodObject, Rendering } from './types.ts';

const GATEWAY = 'mlflow-gateway';

/** What becomes of a row's pods in one chart and one way. */
export type Outcome =
  /** Every server has its gateway, and jobs are left alone: whether it works is for the proof to say. */
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
 * Renders a row's pods and has them judged.
 *
 * @returns `undefined` where the chart has no such values
 */
export async function judgeRow(
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
    const verdict = await admission.judge(row, method, written);
    if (verdict.kind === 'refused') return verdict;
    const wrong = wrongWith(role, verdict);
    if (wrong !== undefined) return { kind: 'wrong', message: wrong };
    warnings.push(...verdict.warnings);
    if (role === 'server') servers.push(verdict.pod);
  }
  return { kind: 'patched', servers, data: rendering.data, warnings: [...new Set(warnings)] };
}

function wrongWith(
  role: 'server' | 'job',
  { pod }: Extract<Verdict, { kind: 'admitted' }>,
): string | undefined {
  const { containers, initContainers = [] } = pod.spec;
  const has = [...containers, ...initContainers].some(({ name }) => name === GATEWAY);
  if (role === 'server' && !has) return `the pod ${pod.metadata.name} was let in without a gateway`;
  if (role === 'job' && has) return `the pod ${pod.metadata.name} of a job was given a gateway`;
  return undefined;
}
