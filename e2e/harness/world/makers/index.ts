import type { Makers } from '../family.ts';
import { AI_GATEWAY } from './gateway.ts';
import { REGISTRY } from './registry.ts';
import { REVIEW } from './review.ts';
import { SERVER } from './server.ts';
import { TRACES } from './traces.ts';
import { TRACKING } from './tracking.ts';

/**
 * Makes a resource of each kind, with the owner's marker in every text. Besides the catalog's
 * kinds there are names and parts of resources (`experiment-name`, `scorer-name`, `trace-attachment` ...).
 */
export const MAKERS: Makers = {
  ...TRACKING,
  ...REGISTRY,
  ...TRACES,
  ...REVIEW,
  ...AI_GATEWAY,
  ...SERVER,
};
