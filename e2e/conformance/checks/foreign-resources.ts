import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { mlflowVersion } from '../../harness/mlflow-version.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { type Place, placesOf } from '../../harness/requests/places.ts';
import { isServed } from '../../harness/requests/served-operations.ts';
import type { Answer } from '../../harness/wire-caller.ts';
import type { Family } from '../../harness/world/family.ts';
import { type ForeignCase, foreignCases } from '../cases/foreign-references.ts';
import { kindAt } from '../examples/index.ts';
import { distinguishable } from '../exceptions.ts';
import { toldApart } from '../leak-detection.ts';
import { sampled } from '../sample.ts';
import type { Bench } from '../suite-context.ts';

/** Operations between two readings of the other tenant's data; a difference is then traced to its operation. */
const BATCH = 12;

/** Classes of fields whose values lead to resources. */
const LEADS_SOMEWHERE: ReadonlySet<string> = new Set(['reference', 'filter', 'artifact-path', 'storage-uri']);

/** Every reference of every operation with the other tenant's resource, and every other way to reach for it. */
export function othersResources(bench: Bench): void {
  describe('another tenant’s resources', () => {
    const pending: Operation[] = [];
    const served = sampled(OPERATIONS.filter(isServed));
    const last = served.at(-1)!;

    test.each(served.map((operation) => [operation.id, operation] as const))('%s', async (_, operation) => {
      const { problems, accepted, families } = await tryAll(bench, operation);
      if (accepted) problems.push(...(await bench.leftBehind(families)));
      pending.push(operation);
      if (accepted || pending.length >= BATCH || operation === last) {
        problems.push(...(await settle(bench, pending.splice(0))));
      }
      expect(problems).toEqual([]);
    });

    test('every place of the catalog where they could stand was tried', () => {
      const { there } = bench.world;
      // A place for something that this MLflow does not have (the tally names them).
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
      expect(places.filter((place) => !bench.tally.tried(place))).toEqual([]);
    });
  });
}

interface Outcome {
  readonly problems: string[];
  /** Whether anything but a read was answered as if it had been done. */
  readonly accepted: boolean;
  /** Resources of the tenant that tried, which requests named beside the foreign ones. */
  readonly families: readonly Family[];
}

async function tryAll(bench: Bench, operation: Operation): Promise<Outcome> {
  const { here, there } = bench.world;
  const families = [bench.familyFor(operation)];
  const fresh = (): Family => {
    const family = here.fresh();
    families.push(family);
    return family;
  };
  const cases = await foreignCases(
    operation,
    { usual: families[0]!, fresh },
    there,
    bench.wholeOf(operation),
    bench.strategy.reservedTags,
  );
  const problems: string[] = [];
  let accepted = false;
  await inParallel(cases, async (one) => {
    const answer = await bench.world.as.admin(toWire(one.draft));
    bench.tally.try(one.at);
    const changing = !operation.permission.endsWith(':read');
    if (changing && (answer.ok || answer.status >= 500)) accepted = true;
    for (const leak of bench.leaks(answer, one.draft)) problems.push(`${one.title} shows ${leak}: ${answer}`);
    const wrong = (await againstNobodys(bench, one, answer)) ?? notRefused(one, answer);
    if (wrong !== undefined) problems.push(`${one.title}: ${wrong}`);
    if (answer.status >= 400 && answer.status < 500) bench.tally.add('foreign values refused');
    else if (changing) bench.tally.note('answered as if nobody’s, and nothing changed', one.at);
    else bench.tally.add('foreign values answered without anything foreign');
  });
  return { problems, accepted, families };
}

const DISTINGUISHABLE = distinguishable(mlflowVersion());

/** How the answer differs from the one about what is nobody's. */
async function againstNobodys(bench: Bench, one: ForeignCase, answer: Answer): Promise<string | undefined> {
  if (one.nobodys === undefined || DISTINGUISHABLE[one.at] !== undefined) return undefined;
  const other = await bench.world.as.admin(toWire(one.nobodys));
  if (bench.strategy.choices.has(one.at) && answer.reason === 'resource_not_found' && other.ok) {
    bench.tally.add('foreign ids refused where a new one is taken');
    return undefined;
  }
  bench.tally.add('foreign told from missing by nothing');
  const apart = toldApart({ answer, draft: one.draft }, { answer: other, draft: one.nobodys }, one.aside);
  return apart ? `tells foreign from missing: ${answer}\n  but ${other}` : undefined;
}

function notRefused(one: ForeignCase, answer: Answer): string | undefined {
  const refused = answer.status >= 400 && answer.status < 500;
  switch (one.expect) {
    case 'reserved':
      return refused && RESERVED.has(answer.reason ?? '') ? undefined : String(answer);
    case 'no-storage':
      // What is stored now could be read later.
      return refused ? undefined : String(answer);
    case 'refused':
      return refused || one.nobodys !== undefined ? undefined : String(answer);
    case 'quiet':
      return answer.status < 500 || one.nobodys !== undefined ? undefined : String(answer);
  }
}

/** Under some rules nobody of the tenant gets as far as the tag. */
const RESERVED: ReadonlySet<string> = new Set([
  'reserved_tag',
  'tenant_tag',
  'internal_field',
  'platform_admin_only',
  'server_feature_disabled',
  'strategy_pending',
]);

/** Compares the other tenant's data with what it was; on a difference, tries the operations again one by one. */
async function settle(bench: Bench, operations: readonly Operation[]): Promise<readonly string[]> {
  const changed = await bench.changes(operations);
  if (changed.length === 0) return [];
  const culprits: string[] = [];
  for (const operation of operations) {
    await bench.remember();
    await tryAll(bench, operation);
    if ((await bench.changes([operation])).length > 0) culprits.push(operation.id);
  }
  await bench.remember();
  const suspects = operations.map(({ id }) => id).join(', ');
  return [
    `the other tenant's data changed; again by ${culprits.join(', ') || `none of ${suspects}`}`,
    ...changed,
  ];
}
