import { createHash } from 'node:crypto';
import type { Operation } from '../../src/catalog/types.ts';

/** One operation in this many is tried; default 1, every operation. CI samples the old versions; docs/versions.md has the full results. */
const ONE_IN = Number(process.env.CONFORMANCE_ONE_IN ?? 1);
/** A different sample each day, so that CI covers all operations over time; it is printed, to repeat a run. */
const SEED = Number(process.env.CONFORMANCE_SEED ?? Math.floor(Date.now() / 86_400_000));

if (!Number.isInteger(ONE_IN) || ONE_IN < 1)
  throw new Error('CONFORMANCE_ONE_IN must be a whole number, 1 or more');
if (ONE_IN > 1)
  console.log(`one operation in ${ONE_IN} is tried in full; repeat it with CONFORMANCE_SEED=${SEED}`);

/**
 * The operations that this run tries with every resource, own and foreign.
 *
 * @example
 * sampled(OPERATIONS); // all of them unless CONFORMANCE_ONE_IN is set
 */
export const sampled = (operations: readonly Operation[]): readonly Operation[] =>
  ONE_IN === 1 ? operations : operations.filter(({ id }) => draw(id) === 0);

/**
 * One operation in `oneIn`, another selection each day.
 *
 * @example
 * few(OPERATIONS, 8);
 */
export const few = (operations: readonly Operation[], oneIn: number): readonly Operation[] =>
  operations.filter(({ id }) => draw(id, oneIn) === 0);

const draw = (id: string, oneIn = ONE_IN): number =>
  createHash('sha256').update(`${SEED} ${id}`).digest().readUInt32BE() % oneIn;
