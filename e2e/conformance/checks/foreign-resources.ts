import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { mlflowVersion } from '../../harness/mlflow-version.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { type Place, placesOf } from '../../harness/requests/places.ts';
import { isServed } from '../../harness/requests/served-operations.ts';
import type { Answer, Caller } from '../../harness/wire-caller.ts';
import type { Family } from '../../harness/world/family.ts';
import { type ForeignCase, foreignCases } from '../cases/foreign-references.ts';
import { kindAt } from '../examples/index.ts';
import { distinguishable } from '../exceptions.ts';
import { areDistinguishable } from '../leak-detection.ts';
import { sampled } from '../sample.ts';
import type { SuiteContext } from '../suite-context.ts';

/** The number of operations between two snapshots of the other tenant's data. */
const BATCH = 12;

/** Classes of fields whose values lead to resources. */
const LEADS_SOMEWHERE: ReadonlySet<string> = new Set(['reference', 'filter', 'artifact-path', 'storage-uri']);

/** Every reference of every operation with the other tenant's resource, and every other attack on it. */
export function foreignResources(context: SuiteContext): void {
  describe('resources of another tenant', () => {
    const served = sampled(OPERATIONS.filter(isServed));
    tryForeignResources(context, served, () => context.world.as.admin);

    test('every place of the catalog for a reference was tried', () => {
      const { there } = context.world;
      // A place for a kind that this MLflow does not have (the tally names them).
      const isLacking = (operation: Operation, place: Place): boolean => {
        const { policy } = place;
        return (
          policy.class === 'reference' && there.lacks(kindAt(operation, { ...place, kind: policy.kind }))
        );
      };
      const places = served.flatMap((operation) =>
        placesOf(operation)
          .filter((place) => LEADS_SOMEWHERE.has(place.policy.class) && !isLacking(operation, place))
          .map((place) => `${operation.id} ${place.name}`),
      );
      expect(places.filter((place) => !context.tally.tried(place))).toEqual([]);
    });
  });
}

/** Tests of operations, each with the other tenant's resources, by a caller who works in the attacking tenant. */
export function tryForeignResources(
  context: SuiteContext,
  operations: readonly Operation[],
  callerFor: (operation: Operation) => Caller,
): void {
  const pending: Operation[] = [];
  const last = operations.at(-1);
  test.each(operations.map((operation) => [operation.id, operation] as const))('%s', async (_, operation) => {
    const { problems, accepted, families } = await tryAll(context, operation, callerFor(operation));
    if (accepted) problems.push(...(await context.leftBehind(families)));
    pending.push(operation);
    if (accepted || pending.length >= BATCH || operation === last) {
      problems.push(...(await settle(context, pending.splice(0), callerFor)));
    }
    expect(problems).toEqual([]);
  });
}

interface Outcome {
  readonly problems: string[];
  /** Whether a request other than a read succeeded, or failed with 5xx. */
  readonly accepted: boolean;
  /** Resources of the attacking tenant that requests named besides the foreign ones. */
  readonly families: readonly Family[];
}

async function tryAll(context: SuiteContext, operation: Operation, caller: Caller): Promise<Outcome> {
  const { here, there } = context.world;
  const families = [context.familyFor(operation)];
  const fresh = (): Family => {
    const family = here.fresh();
    families.push(family);
    return family;
  };
  const cases = await foreignCases(
    operation,
    { usual: families[0]!, fresh },
    there,
    context.wholeOf(operation),
    context.strategy.reservedTags,
  );
  const problems: string[] = [];
  let accepted = false;
  await inParallel(cases, async (one) => {
    const answer = await caller(toWire(one.draft));
    context.tally.try(one.at);
    const changing = !operation.permission.endsWith(':read');
    if (changing && (answer.ok || answer.status >= 500)) accepted = true;
    for (const leak of context.leaks(answer, one.draft))
      problems.push(`${one.title} shows ${leak}: ${answer}`);
    const wrong = (await differsFromCounterpart(context, one, answer, caller)) ?? notRefused(one, answer);
    if (wrong !== undefined) problems.push(`${one.title}: ${wrong}`);
    if (answer.status >= 400 && answer.status < 500) context.tally.add('foreign values refused');
    else if (changing) context.tally.note('answered like an unknown resource, and nothing changed', one.at);
    else context.tally.add('foreign values answered without foreign data');
  });
  return { problems, accepted, families };
}

const DOWNLOAD = 'proxyDownloadArtifact path.artifact_path';
const DISTINGUISHABLE = distinguishable(mlflowVersion());

/** The difference between the response and the one about an unknown resource. */
async function differsFromCounterpart(
  context: SuiteContext,
  one: ForeignCase,
  answer: Answer,
  caller: Caller,
): Promise<string | undefined> {
  if (one.counterpart === undefined || DISTINGUISHABLE[one.at] !== undefined) return undefined;
  const other = await caller(toWire(one.counterpart));
  if (context.strategy.choices.has(one.at) && answer.reason === 'resource_not_found' && other.ok) {
    context.tally.add('foreign ids refused where a new one is taken');
    return undefined;
  }
  // Under workspaces each tenant has its own files at the same path, and an earlier check has uploaded one there.
  if (one.at === DOWNLOAD && answer.ok && answer.text === context.world.here.text('artifact')) {
    context.tally.add('files of its own at a foreign path');
    return undefined;
  }
  context.tally.add('foreign indistinguishable from missing');
  const apart = areDistinguishable(
    { answer, draft: one.draft },
    { answer: other, draft: one.counterpart },
    one.aside,
  );
  return apart ? `distinguishes foreign from missing: ${answer}\n  but ${other}` : undefined;
}

function notRefused(one: ForeignCase, answer: Answer): string | undefined {
  const refused = answer.status >= 400 && answer.status < 500;
  switch (one.expect) {
    case 'reserved':
      return refused && RESERVED.has(answer.reason ?? '') ? undefined : String(answer);
    case 'no-storage':
      // A stored URI could be read later.
      return refused ? undefined : String(answer);
    case 'refused':
      return refused || one.counterpart !== undefined ? undefined : String(answer);
    case 'quiet':
      return answer.status < 500 || one.counterpart !== undefined ? undefined : String(answer);
  }
}

/** Reason codes of a reserved tag; under some rules the gateway refuses the operation first. */
const RESERVED: ReadonlySet<string> = new Set([
  'reserved_tag',
  'tenant_tag',
  'internal_field',
  'platform_admin_only',
  'server_feature_disabled',
  'strategy_pending',
]);

/** Compares the other tenant's data with the snapshot; on a difference, tries the operations again one by one. */
async function settle(
  context: SuiteContext,
  operations: readonly Operation[],
  callerFor: (operation: Operation) => Caller,
): Promise<readonly string[]> {
  const changed = await context.changes(operations);
  if (changed.length === 0) return [];
  const culprits: string[] = [];
  for (const operation of operations) {
    await context.remember();
    await tryAll(context, operation, callerFor(operation));
    if ((await context.changes([operation])).length > 0) culprits.push(operation.id);
  }
  await context.remember();
  const suspects = operations.map(({ id }) => id).join(', ');
  return [
    `the other tenant's data changed; again by ${culprits.join(', ') || `none of ${suspects}`}`,
    ...changed,
  ];
}
