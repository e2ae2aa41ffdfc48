import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import { isBefore, mlflowVersion } from '../harness/mlflow-version.ts';
import type { StrategyUnderTest } from '../harness/strategies/workspaces.ts';
import { unmakeableKinds } from '../harness/world/world.ts';
import { untakeableKinds } from './cases/taken-names.ts';
import { secondReadings } from './checks/ambiguous-requests.ts';
import { othersNames } from './checks/foreign-names.ts';
import { othersResources } from './checks/foreign-resources.ts';
import { ownResources } from './checks/own-resources.ts';
import { permittedRoles } from './checks/role-permissions.ts';
import { othersHeaders } from './checks/tenant-headers.ts';
import { unknownRequests } from './checks/unknown-requests.ts';
import { problemsOfExamples } from './examples/index.ts';
import { staleExceptions } from './exceptions.ts';
import { Bench } from './suite-context.ts';

/**
 * The conformance suite: what the catalog promises, tried on a real MLflow, under one tenancy strategy. It is generated
 * from the catalog, so a new operation or field is tried, or fails the suite for want of an example, without anybody
 * thinking of it.
 *
 * @example
 * conformanceSuite(WORKSPACES); // all of a test file
 */
export function conformanceSuite(strategy: StrategyUnderTest): void {
  describe(`conformance, strategy ${strategy.name}`, () => {
    const bench = new Bench(strategy);
    beforeAll(() => bench.prepare());
    afterAll(() => bench.stop());

    test('every operation has an example, every kind a maker, and no exception is stale', () => {
      expect(problemsOfExamples()).toEqual([]);
      expect(unmakeableKinds()).toEqual([]);
      expect(untakeableKinds(OPERATIONS)).toEqual([]);
      expect(staleExceptions(strategy.ownAnswers)).toEqual([]);
    });

    test('the other tenant sees its own world', () => {
      expect([...bench.baseline].filter(([, answer]) => !answer.startsWith('200'))).toEqual([]);
      const { marker } = bench.world.there.owner;
      expect([...bench.baseline.values()].join('').split(marker).length).toBeGreaterThan(
        // Before 3.5 there is less to have.
        isBefore(mlflowVersion(), '3.5') ? 50 : 100,
      );
    });

    ownResources(bench);
    othersResources(bench);
    othersHeaders(bench);
    othersNames(bench);
    secondReadings(bench);
    permittedRoles(bench);
    unknownRequests(bench);

    test('after all of it, the other tenant’s data is as it was', async () => {
      expect(await bench.changes(OPERATIONS)).toEqual([]);
    });
  });
}
