import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import { isBefore, mlflowVersion } from '../harness/mlflow-version.ts';
import type { StrategyUnderTest } from '../harness/strategies/strategy-under-test.ts';
import { kindsWithoutMaker } from '../harness/world/world.ts';
import { kindsWithoutCreator } from './cases/names-in-use.ts';
import { ambiguousRequests } from './checks/ambiguous-requests.ts';
import { foreignNames } from './checks/foreign-names.ts';
import { foreignResources } from './checks/foreign-resources.ts';
import { nulls } from './checks/nulls.ts';
import { ownResources } from './checks/own-resources.ts';
import { rolePermissions } from './checks/role-permissions.ts';
import { severalTenants } from './checks/several-tenants.ts';
import { tenantHeaders } from './checks/tenant-headers.ts';
import { unknownRequests } from './checks/unknown-requests.ts';
import { problemsOfExamples } from './examples/index.ts';
import { staleExceptions } from './exceptions.ts';
import { SuiteContext } from './suite-context.ts';

/**
 * The conformance suite tries the catalog on a real MLflow, under one tenancy strategy. It is generated
 * from the catalog: a new operation or field is tried automatically, or fails the suite
 * because it has no example.
 *
 * @example
 * conformanceSuite(WORKSPACES); // all of a test file
 */
export function conformanceSuite(strategy: StrategyUnderTest): void {
  describe(`conformance, strategy ${strategy.name}`, () => {
    const context = new SuiteContext(strategy);
    beforeAll(() => context.prepare());
    afterAll(() => context.stop());

    test('every operation has an example, every kind has a maker, and no exception is stale', () => {
      expect(problemsOfExamples()).toEqual([]);
      expect(kindsWithoutMaker()).toEqual([]);
      expect(kindsWithoutCreator(OPERATIONS)).toEqual([]);
      expect(staleExceptions(strategy.ownAnswers)).toEqual([]);
    });

    test('the other tenant sees its own resources', () => {
      expect([...context.baseline].filter(([, answer]) => !answer.startsWith('200'))).toEqual([]);
      const { marker } = context.world.there.owner;
      expect([...context.baseline.values()].join('').split(marker).length).toBeGreaterThan(
        // MLflow before 3.5 has fewer kinds of resources.
        isBefore(mlflowVersion(), '3.5') ? 50 : 100,
      );
    });

    ownResources(context);
    foreignResources(context);
    tenantHeaders(context);
    foreignNames(context);
    severalTenants(context);
    ambiguousRequests(context);
    nulls(context);
    rolePermissions(context);
    unknownRequests(context);

    test('the other tenant’s data is unchanged at the end', async () => {
      expect(await context.changes(OPERATIONS)).toEqual([]);
    });
  });
}
