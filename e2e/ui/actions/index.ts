import type { Action } from './action.ts';
import { GENAI } from './genai.ts';
import { REGISTRY } from './registry.ts';
import { SKILLS } from './skills.ts';
import { TRACKING } from './tracking.ts';

/** All actions: those of contributors first, so that no resource is deleted before its turn. */
export const ACTIONS: readonly Action[] = [...TRACKING, ...REGISTRY, ...SKILLS, ...GENAI].toSorted(
  (a, b) => Number(a.role === 'admin') - Number(b.role === 'admin'),
);
