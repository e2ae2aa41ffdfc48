import type { StoragePlace } from '../../question.ts';
import { type Caller, keyOf } from '../../reference.ts';
import { isBelow, isWithin, liesIn } from '../../storage-target.ts';
import type { Resource } from '../resource.ts';
import type { Ownership } from './ownership.ts';

/** Lookups of one request by resource key, including misses: several places have the same candidates. The code that makes a lookup awaits it. */
export type Findings = Map<
  string,
  Promise<{ readonly resource: Resource; readonly own: boolean } | undefined>
>;

/**
 * Decides whether a place in storage lies in the artifacts of a resource of the caller's.
 *
 * @example
 * await storage.owns(place, { tenant: 'team-a', shared: true });
 */
export class StorageOwnership {
  readonly #ownership: Ownership;

  constructor(ownership: Ownership) {
    this.#ownership = ownership;
  }

  /** @param findings of the request; the resources in it are not looked up again */
  async owns(
    { uri, candidates, strictlyBelow }: StoragePlace,
    caller: Caller,
    findings: Findings = new Map(),
  ): Promise<boolean> {
    const alone = { ...caller, shared: false };
    const inside = strictlyBelow ? isBelow : isWithin;
    let decided = false;
    for (const candidate of candidates) {
      const key = keyOf(candidate);
      const finding = findings.get(key) ?? this.#ownership.find(candidate, alone);
      findings.set(key, finding);
      const found = await finding;
      if (decided || found === undefined) continue;
      const { location } = found.resource;
      if (location === undefined || !liesIn(uri, location)) continue;
      // It lies here, so it decides. The directory of an experiment itself belongs to a tenant only as far as it may be listed.
      const whole = candidate.kind === 'experiment' && !liesIn(uri, location, inside);
      if (found.own && !whole) return true;
      // The others are still asked about, as they are for a place where no resource keeps artifacts.
      decided = true;
    }
    return false;
  }
}
