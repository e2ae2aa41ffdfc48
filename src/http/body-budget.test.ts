import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyBudget } from './body-budget.ts';
import { denialOf } from './testing.ts';

describe('BodyBudget', () => {
  it('one holder gets its share and no more, however many leases it has', () => {
    const budget = new BodyBudget({ capacity: 100, share: 0.5 });
    budget.open('a').grow(30);
    const second = budget.open('a');
    expect(denialOf(() => second.grow(21))).toMatchObject({
      reason: 'body_budget_exhausted',
      headers: { 'retry-after': '1' },
    });
    second.grow(20);
    budget.open('b').grow(50);
    expect(budget.used).toBe(100);
    expect(denialOf(() => budget.open('c').grow(1)).reason).toBe('body_budget_exhausted');
  });

  it('what is released is there again, once', () => {
    const budget = new BodyBudget({ capacity: 10, share: 1 });
    const lease = budget.open('a');
    lease.grow(4);
    budget.open('a').grow(6);
    lease.release();
    lease.release();
    expect(budget.used).toBe(6);
    expect(() => lease.grow(1)).toThrow('released');
  });

  it('holds in any order what was taken and not released, never more than there is', () => {
    const step = fc.record({ lease: fc.nat(5), bytes: fc.option(fc.nat(60), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = new BodyBudget({ capacity: 100, share: 0.5 });
        const leases = Array.from({ length: 6 }, (_, at) => budget.open(`holder-${at % 3}`));
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
