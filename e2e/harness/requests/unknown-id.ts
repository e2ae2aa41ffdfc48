import { randomBytes, randomUUID } from 'node:crypto';

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

const SHAPES: Readonly<Record<string, () => string>> = {
  experiment: () => String(900_000_000 + Math.floor(Math.random() * 90_000_000)),
  run: () => hex(16),
  'run-with-files': () => hex(16),
  'logged-model': () => `m-${hex(16)}`,
  trace: () => `tr-${hex(16)}`,
  'review-item': () => `tr-${hex(16)}`,
  'trace-attachment': () => randomUUID(),
  assessment: () => `a-${hex(16)}`,
  dataset: () => `d-${hex(16)}`,
  'dataset-record': () => `dr-${hex(16)}`,
  scorer: () => randomUUID(),
  'bound-scorer': () => randomUUID(),
  issue: () => `iss-${hex(16)}`,
  'label-schema': () => `ls-${hex(16)}`,
  'review-queue': () => `rq-${hex(16)}`,
  'mcp-server': () => `com.example/absent-${hex(6)}`,
  'mcp-endpoint': () => `ae-${hex(16)}`,
  'gateway-endpoint': () => `e-${hex(16)}`,
  'gateway-secret': () => `s-${hex(16)}`,
  'gateway-model-definition': () => `d-${hex(16)}`,
  'second-gateway-model-definition': () => `d-${hex(16)}`,
  'gateway-guardrail': () => `gr-${hex(16)}`,
  'gateway-budget': () => `bp-${hex(16)}`,
  webhook: () => randomUUID(),
  job: () => randomUUID(),
};

/** An identifier that looks like one of the kind and is nobody's: what a guess at another tenant's looks like. */
export function absentId(kind: string): string {
  return (SHAPES[kind] ?? (() => `absent-${hex(6)}`))();
}
