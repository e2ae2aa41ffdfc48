import type { HostileCase } from '../case.ts';
import { knownCase } from '../corpus/issue.ts';
import { readRecorded } from '../corpus/recorded.ts';
import { Random, seedOf } from '../random.ts';
import { damagedBytes } from './bytes.ts';
import { catalogCase, type Drafts } from './catalog.ts';
import { badConnection } from './connections.ts';
import { pickAuthorization, type Tokens } from './tokens.ts';
import type { Targets } from './values.ts';

/** The material of a run's cases. */
export interface Material {
  readonly drafts: Drafts;
  readonly targets: Targets;
  readonly tokens: Tokens;
}

/** One in so many cases is one of the known findings, which are large. */
const KNOWN_SHARE = 1 / 400;

/**
 * Makes the case of an index: the same for the same seed, index and material.
 *
 * @example
 * const next = makeCases(1, material);
 * next(17).name; // 'catalog searchRuns'
 */
export function makeCases(
  seed: number,
  { drafts, targets, tokens }: Material,
): (index: number) => HostileCase {
  const recorded = readRecorded();
  return (index) => {
    const random = new Random(seedOf(seed, index));
    const roll = random.next();
    if (roll < KNOWN_SHARE) return knownCase(random, targets.own, pickAuthorization(random, tokens));
    const base =
      index < recorded.length || roll < 0.06
        ? recordedCase(index < recorded.length ? recorded[index]! : random.one(recorded), random, tokens)
        : catalogCase(random, drafts, targets, tokens);
    if (index < recorded.length || roll < 0.6) return base;
    return roll < 0.92 ? damagedBytes(random, base) : badConnection(random, base);
  };
}

/** A request of the unit tests, whose gateway trusts a header, with a token instead. */
function recordedCase(bytes: string, random: Random, tokens: Tokens): HostileCase {
  const authorization = pickAuthorization(random, tokens);
  const sent = bytes.replace(
    /\r\nX-Tenant: [\w-]+/,
    authorization === undefined ? '' : `\r\nAuthorization: ${authorization}`,
  );
  return {
    name: 'recorded',
    pieces: [Buffer.from(sent, 'latin1')],
    method: /^\S+/.exec(sent)?.[0] ?? 'GET',
    // Some of them are not, on purpose.
    framed: false,
    ending: 'half-close',
  };
}
