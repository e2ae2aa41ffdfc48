import { ARTIFACTS, PLACES } from './artifacts.ts';
import type { Attack } from './attack.ts';
import { EXPERIMENTS, SEARCHES } from './experiments.ts';
import { DATASETS, GENAI_SEARCHES, IN_EXPERIMENTS, JOBS, MCP_SERVERS } from './genai.ts';
import { OWNER_TAG } from './owner-tag.ts';
import { PARSERS } from './parsers.ts';
import { REGISTRY, SOURCES } from './registry.ts';
import { LOGGED_MODELS, RUNS } from './runs.ts';
import { CLEARANCES, ISSUES_OF_TRACES, OTLP, TRACE_SEARCHES, TRACES } from './traces.ts';

/** Attacks that must be refused, by kind of resource. */
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

/** Requests that must succeed, without data of another tenant. */
export const QUIET: readonly Attack[] = [...SEARCHES, ...TRACE_SEARCHES, ...GENAI_SEARCHES];

/** Attacks that must be refused and otherwise destroy the resources of the others. */
export const LAST: readonly Attack[] = CLEARANCES;
