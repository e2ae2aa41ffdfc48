import { compare, type Difference } from '../compare.ts';
import { Placeholders } from '../placeholders.ts';
import { type Alignable, aligned } from './aligned.ts';
import type { WireCall } from './recorder.ts';

/** The calls of a client, and the address of its server. */
export interface WireSide {
  readonly calls: readonly WireCall[];
  readonly server: string;
}

/** A place where a call through the gateway was not as the same call straight at MLflow. */
export interface WireDifference extends Difference {
  /** Which call of the program it is, from 0. */
  readonly at: number;
  /** `POST /api/2.0/mlflow/runs/create`, with placeholders for ids. */
  readonly call: string;
}

/** How two runs of one program compare, call by call. */
export interface CallsCompared {
  readonly calls: number;
  readonly equal: number;
  readonly differences: readonly WireDifference[];
}

/**
 * Compares the calls of one program straight at MLflow with its calls through the gateway, in their order: what was asked, the
 * status and the answer, with placeholders for ids and times. A call that one side lacks is one difference.
 */
export function sameCalls(straight: WireSide, gateway: WireSide): CallsCompared {
  const left = settled(straight);
  const right = settled(gateway);
  const pairs = aligned(left.map(askedBy), right.map(askedBy));
  const differences: WireDifference[] = [];
  let equal = 0;
  for (const [at, [l, r]] of pairs.entries()) {
    const one = l === undefined ? undefined : left[l];
    const other = r === undefined ? undefined : right[r];
    const call = nameOf(one ?? other!);
    const found = compare(one, other).map((difference) => ({ at, call, ...difference }));
    if (found.length === 0) equal++;
    differences.push(...found);
  }
  return { calls: pairs.length, equal, differences };
}

function askedBy(call: Settled): Alignable {
  return { name: nameOf(call), request: JSON.stringify([call.query, call.body]) };
}

function settled({ calls, server }: WireSide): readonly Settled[] {
  const placeholders = new Placeholders(server);
  return calls.map(({ target, ...call }) => {
    // By their keys: `experiment_id=12` is an id in a query as it is in a body.
    const [path, query = ''] = target.split('?', 2);
    const asked = { path, query: Object.fromEntries(new URLSearchParams(query)) };
    return placeholders.of({ ...call, ...asked }) as Settled;
  });
}

type Settled = Omit<WireCall, 'target'> & { readonly path: string; readonly query: object };

function nameOf({ method, path }: Settled): string {
  return `${method} ${path}`;
}
