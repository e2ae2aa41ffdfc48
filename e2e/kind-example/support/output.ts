import { expect } from 'vitest';

/**
 * Requires that the output of `examples/kind/run.sh` shows MLflow open to every pod before the label, and closed after it.
 *
 * @returns the output after the label
 */
export function expectClosedByLabel(output: string): string {
  const [before = '', after = ''] = output.split('== 7. The label');
  expect(before).toMatch(/^[\d.]+:5000 {2}-> {2}200 OPEN, experiments: Default$/m);
  expect(after).toMatch(/^[\d.]+:5000 {2}-> {2}401 /m);
  expect(after).not.toContain('OPEN');
  return after;
}

/**
 * Requires the audit lines of both teams, and of callers who were refused, in the output of `examples/kind/run.sh`.
 *
 * @returns the output from the audit log on
 */
export function expectAuditLines(output: string): string {
  const [, audit = ''] = output.split('The audit log of this proof:');
  for (const line of [
    /^team-a team-a:ada allow 200 createRun forwarded$/m,
    /^team-b team-b:bob allow 404 getRun forwarded$/m,
    /^team-a team-a:carol deny 403 logMetric role_insufficient$/m,
    /^- - deny 401 getRun tenant_claim_missing$/m,
  ])
    expect(audit).toMatch(line);
  return audit;
}
