import { ARTIFACTS, PLACES } from './artifacts.ts';
import type { Attack } from './attack.ts';
import { EXPERIMENTS, SEARCHES } from './experiments.ts';
import { DATASETS, GENAI_SEARCHES, IN_EXPERIMENTS, JOBS, MCP_SERVERS } from './genai.ts';
import { OWNER_TAG } from './owner-tag.ts';
import { PARSERS } from './parsers.ts';
import { REGISTRY, SOURCES } from './registry.ts';
import { LOGGED_MODELS, RUNS } from './runs.ts';
import { CLEARANCES, ISSUES_OF_TRACES, OTLP, TRACE_SEARCHES, TRACES } from './traces.ts';

/** What must be refused, by what it is about. */
export const REFUSED: readonly (readonly [string, readonly Attack[]])[] = [
  ['runs', RUNS],
  ['logged models', LOGGED_MODELS],
  ['experiments', EXPERIMENTS],
  ['the registry', REGISTRY],
  ['sources of versions', SOURCES],
  ['artifacts', ARTIFACTS],
  ['places for artifacts', PLACES],
  ['the owner’s tag', OWNER_TAG],
  ['parsers', PARSERS],
  ['traces', TRACES],
  ['issues', ISSUES_OF_TRACES],
  ['spans', OTLP],
  ['evaluation datasets', DATASETS],
  ['what is in experiments', IN_EXPERIMENTS],
  ['jobs', JOBS],
  ['MCP servers', MCP_SERVERS],
];

/** What must be answered, with nothing of another tenant's in it. */
export const QUIET: readonly Attack[] = [...SEARCHES, ...TRACE_SEARCHES, ...GENAI_SEARCHES];

/** What must be refused, and where it is not destroys what the others are tried on. */
export const LAST: readonly Attack[] = CLEARANCES;
