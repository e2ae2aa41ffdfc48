import { createHash } from 'node:crypto';
import type { Operation } from '../../src/catalog/types.ts';

/** One operation in how many is tried; default 1, all of them. CI samples the old versions, docs/versions.md has them whole. */
const ONE_IN = Number(process.env.CONFORMANCE_ONE_IN ?? 1);
/** Another sample for each day, so that CI sees all with time; it is printed, to repeat a run. */
const SEED = Number(process.env.CONFORMANCE_SEED ?? Math.floor(Date.now() / 86_400_000));

if (!Number.isInteger(ONE_IN) || ONE_IN < 1)
  throw new Error('CONFORMANCE_ONE_IN must be a whole number, 1 or more');
if (ONE_IN > 1)
  console.log(`one operation in ${ONE_IN} is tried in full; repeat it with CONFORMANCE_SEED=${SEED}`);

/**
 * The operations that this run tries with every resource, its own and the other tenant's.
 *
 * @example
 * sampled(OPERATIONS); // all of them unless CONFORMANCE_ONE_IN is set
 */
export const sampled = (operations: readonly Operation[]): readonly Operation[] =>
  ONE_IN === 1 ? operations : operations.filter(({ id }) => draw(id) === 0);

const draw = (id: string): number =>
  createHash('sha256').update(`${SEED} ${id}`).digest().readUInt32BE() % ONE_IN;
