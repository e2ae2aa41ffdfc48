import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { mlflowVersion } from '../../harness/mlflow-version.ts';
import { type Draft, has, toWire } from '../../harness/requests/draft.ts';
import { draftOf } from '../../harness/requests/operations.ts';
import { referencesOf } from '../../harness/requests/places.ts';
import { hasNoHandler, isServed, servedMount } from '../../harness/requests/served-operations.ts';
import type { OwnAnswer } from '../../harness/strategies/strategy-under-test.ts';
import type { Answer } from '../../harness/wire-caller.ts';
import { HERE } from '../../harness/world/world.ts';
import { exampleOf, kindAt, optionalDraft, ordinaryDraft, spends } from '../examples/index.ts';
import { ownAnswers, whyUnsent } from '../exceptions.ts';
import { sampled } from '../sample.ts';
import type { SuiteContext } from '../suite-context.ts';

/**
 * Sends every operation at every mount with the tenant's own resources, and once more with each optional reference:
 * permitted requests succeed.
 */
export function ownResources(context: SuiteContext): void {
  describe('own resources', () => {
    test.each(sampled(OPERATIONS).map((operation) => [operation.id, operation] as const))(
      '%s',
      async (id, operation) => {
        const unsent = whyUnsent(mlflowVersion(), id);
        if (unsent !== undefined) return context.tally.skip(id, unsent);
        expect(await problemsOf(context, operation)).toEqual([]);
      },
    );
  });
}

async function problemsOf(context: SuiteContext, operation: Operation): Promise<string[]> {
  const { world, strategy } = context;
  const acrossTenants = strategy.rule(operation) === 'platform-admin';
  const call = world.as[acrossTenants ? 'platform-admin' : 'admin'];
  const answers = { ...ownAnswers(mlflowVersion()), ...strategy.ownAnswers };
  const problems: string[] = [];
  const send = async (draft: Draft, place?: string): Promise<void> => {
    if (acrossTenants) {
      const tenants = await world.as.admin(toWire(draft));
      context.tally.add('requests across tenants refused to a tenant’s admin');
      if (tenants.status !== 403 || tenants.reason !== 'platform_admin_only')
        problems.push(`${operation.id} on ${draft.template} as the tenant's admin: ${tenants}`);
    }
    const answer = await call(toWire(draft));
    const expected =
      answers[`${operation.id} ${place}`] ??
      answers[`${operation.id} ${draft.template}`] ??
      answers[operation.id];
    const title = `${operation.id} ${place ?? ''} on ${draft.template}`;
    const problem = await problemWith(context, draft, answer, expected);
    if (problem !== undefined) problems.push(`${title}: ${problem}`);
    if (acrossTenants) return;
    for (const leak of context.leaks(answer, draft)) problems.push(`${title} shows ${leak}: ${answer}`);
    if (strategy.showsOwner?.(answer)) problems.push(`${title} shows the tenant tag: ${answer}`);
  };
  if (hasNoHandler(operation))
    context.tally.leaveOut('operations that this MLflow has no handler for', operation.id);
  else if (!isServed(operation))
    context.tally.leaveOut('operations that this MLflow does not have', operation.id);
  let ordinary: Draft | undefined;
  for (const template of operation.paths) {
    ordinary = await ordinaryDraft(operation, context.familyFor(operation), template);
    await send(ordinary);
  }
  const template = servedMount(operation);
  if (template === undefined || !isServed(operation)) return problems;
  let family = context.familyFor(operation);
  for (const place of referencesOf(operation)) {
    if (has(ordinary!, place)) continue;
    const draft = await optionalDraft(operation, family, place);
    const kind = kindAt(operation, place);
    if (family.lacks(kind))
      context.tally.leaveOut(
        `references to kinds that this MLflow does not have`,
        `${operation.id} ${place.name}`,
      );
    else await send({ ...draft, template }, place.name);
    if (spends(operation)) family = context.familyFor(operation);
  }
  const own = context.world.here;
  for (const [label, values] of Object.entries((await exampleOf(operation).more?.(own, own)) ?? {}))
    await send(draftOf(operation, values), label);
  return problems;
}

/** The problem with the response to an own request. */
async function problemWith(
  { world, strategy, tally }: SuiteContext,
  draft: Draft,
  answer: Answer,
  expected: OwnAnswer | undefined,
): Promise<string | undefined> {
  const { operation, template } = draft;
  const rule = strategy.rule(operation);
  if (rule === 'server-feature' || rule === 'pending') {
    const reason = rule === 'pending' ? 'strategy_pending' : 'server_feature_disabled';
    tally.add(rule === 'pending' ? 'operations still refused' : 'server features refused');
    return answer.status === 403 && answer.reason === reason ? undefined : String(answer);
  }
  if (hasNoHandler(operation) && answer.reason === undefined) {
    tally.add('requests to routes without a handler');
    const { status } = await world.direct(HERE)(toWire(draft));
    return answer.status === status && status >= 400 ? undefined : `${answer}, and MLflow itself ${status}`;
  }
  if (!world.serves(operation, template) || hasNoHandler(operation)) {
    tally.add('requests to mounts that this MLflow does not serve');
    // The gateway may refuse first: a kind that MLflow does not have has no resources.
    const unserved =
      [404, 405].includes(answer.status) && [undefined, 'resource_not_found'].includes(answer.reason);
    return unserved ? undefined : String(answer);
  }
  if (expected === undefined) {
    // GraphQL reports errors with status 200.
    const succeeded = answer.ok && (answer.json.errors ?? null) === null;
    if (succeeded) tally.add('own requests that succeed');
    return succeeded ? undefined : String(answer);
  }
  if (expected.reason !== undefined) {
    tally.skip(operation.id, expected.why);
    return answer.status === expected.status && answer.reason === expected.reason
      ? undefined
      : String(answer);
  }
  tally.skip(operation.id, `${expected.why}: MLflow itself answers ${expected.status}`);
  if (answer.status !== expected.status || answer.reason !== undefined) return String(answer);
  const direct = await world.direct(HERE)(toWire(draft));
  const again = expected.again ?? [expected.status];
  return again.includes(direct.status) ? undefined : `MLflow itself says ${direct}`;
}
