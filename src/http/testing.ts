import type { Field, Operation } from '../catalog/types.ts';
import { type Denial, DenialError } from '../denial.ts';

/** Runs `act` and returns the denial that it throws; fails if it throws none. For tests. */
export function denialOf(act: () => unknown): Denial {
  try {
    act();
  } catch (error) {
    if (error instanceof DenialError) return error;
    throw error;
  }
  throw new Error('no denial was thrown');
}

/** An operation with the given parts, for tests of reading requests. */
export function operation(parts: Partial<Operation> & Pick<Operation, 'id' | 'method' | 'paths'>): Operation {
  return {
    group: 'test',
    summary: parts.id,
    permission: 'runs:read',
    versions: ['3.17.2'],
    workspaces: { rule: 'pin' },
    tags: { rule: 'pending' },
    path: [],
    query: [],
    headers: [],
    body: 'none',
    bodyFields: [],
    ...parts,
  } as Operation;
}

export const text = (name: string, extra: Partial<Field> = {}): Field => ({
  name,
  type: 'string',
  policy: { class: 'opaque' },
  ...extra,
});

/** The processor time of the fastest of several runs, in milliseconds; other programs use the machine too. */
export function fastest(act: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5 && best > 40; i++) {
    const start = process.threadCpuUsage();
    act();
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/**
 * The growth of the heap by an act, in bytes: the median of five measurements, as other work of the process allocates too and a
 * garbage collection may fall into one of them.
 */
export function heapGrowth(act: () => void): number {
  const grown = Array.from({ length: 5 }, () => {
    const before = process.memoryUsage().heapUsed;
    act();
    return process.memoryUsage().heapUsed - before;
  });
  return grown.sort((a, b) => a - b)[2]!;
}
