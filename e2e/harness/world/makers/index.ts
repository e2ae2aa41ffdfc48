import { AI_GATEWAY } from './gateway.ts';
import type { Makers } from './maker.ts';
import { REGISTRY } from './registry.ts';
import { REVIEW } from './review.ts';
import { SERVER } from './server.ts';
import { TRACES } from './traces.ts';
import { TRACKING } from './tracking.ts';

/**
 * How a resource of each kind is made, with the owner's marker in everything that holds text. Beside the catalog's
 * kinds there are names and parts that requests need (`experiment-name`, `scorer-name`, `trace-attachment` ...).
 */
export const MAKERS: Makers = {
  ...TRACKING,
  ...REGISTRY,
  ...TRACES,
  ...REVIEW,
  ...AI_GATEWAY,
  ...SERVER,
};
