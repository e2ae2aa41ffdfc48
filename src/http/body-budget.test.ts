import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { BodyBudget, capacityFor, memoryOfBytes, memoryOfObjects } from './body-budget.ts';
import { denialOf } from './testing.ts';

describe('BodyBudget', () => {
  it('a caller and a tenant get at most their shares, with any number of leases', () => {
    const budget = new BodyBudget({ capacity: 100, ofTenant: 60, ofCaller: 40 });
    budget.open('a', 'alice').grow(30);
    const second = budget.open('a', 'alice');
    expect(denialOf(() => second.grow(11))).toMatchObject({
      reason: 'body_budget_exhausted',
      message: expect.stringContaining('caller'),
      headers: { 'retry-after': '1' },
    });
    second.grow(10);
    const bob = budget.open('a', 'bob');
    expect(denialOf(() => bob.requireRoom(21)).message).toContain('tenant');
    bob.requireRoom(20);
    expect(budget.used).toBe(40);
    bob.grow(20);
    budget.open('b', 'alice').grow(40);
    expect(budget.used).toBe(100);
    expect(denialOf(() => budget.open('c', 'carol').grow(1)).reason).toBe('body_budget_exhausted');
  });

  it('released memory is available again, once', () => {
    const budget = new BodyBudget({ capacity: 10, ofTenant: 100, ofCaller: 100 });
    const lease = budget.open('a', 'alice');
    lease.grow(4);
    budget.open('a', 'alice').grow(6);
    lease.release();
    lease.release();
    expect(budget.used).toBe(6);
    expect(() => lease.grow(1)).toThrow('released');
  });

  it('has room for the largest bodies with the most values of two callers of one tenant', () => {
    const { bodyBytes, jsonTokens } = LIMITS;
    const budget = new BodyBudget();
    for (const caller of ['alice', 'bob']) {
      const lease = budget.open('a', caller);
      lease.grow(memoryOfBytes(bodyBytes.value));
      lease.grow(memoryOfObjects(jsonTokens.value));
    }
    expect(capacityFor(bodyBytes.value)).toBe(LIMITS.bodyBudget.value);
    expect(capacityFor(2 * bodyBytes.value)).toBe(2 * LIMITS.bodyBudget.value);
  });

  it('holds the memory that was taken and not released, in any order, and never more than its capacity', () => {
    const step = fc.record({ lease: fc.nat(5), bytes: fc.option(fc.nat(60), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = new BodyBudget({ capacity: 100, ofTenant: 50, ofCaller: 50 });
        const leases = Array.from({ length: 6 }, (_, at) => budget.open(`tenant-${at % 3}`, `${at}`));
        const held = [0, 0, 0, 0, 0, 0];
        const released = new Set<number>();
        for (const { lease, bytes } of steps) {
          if (bytes === undefined) {
            leases[lease]!.release();
            released.add(lease);
            held[lease] = 0;
          } else if (!released.has(lease)) {
            const own = held[lease]! + held[(lease + 3) % 6]! + bytes;
            const all = held.reduce((sum, one) => sum + one, 0) + bytes;
            if (own <= 50 && all <= 100) {
              leases[lease]!.grow(bytes);
              held[lease]! += bytes;
            } else expect(denialOf(() => leases[lease]!.grow(bytes)).reason).toBe('body_budget_exhausted');
          }
          expect(budget.used).toBe(held.reduce((sum, one) => sum + one, 0));
        }
        for (const lease of leases) lease.release();
        expect(budget.used).toBe(0);
      }),
    );
  });
});
