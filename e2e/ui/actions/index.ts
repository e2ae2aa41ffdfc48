import type { Click } from './action.ts';
import { GENAI } from './genai.ts';
import { REGISTRY } from './registry.ts';
import { TRACKING } from './tracking.ts';

/** All of them: first what a contributor may, so that nothing is gone when its turn comes. */
export const CLICKS: readonly Click[] = [...TRACKING, ...REGISTRY, ...GENAI].toSorted(
  (a, b) => Number(a.role === 'admin') - Number(b.role === 'admin'),
);
