import { DAMAGE } from '../../../src/testing/damage.ts';
import type { HostileCase } from '../case.ts';
import type { Random } from '../random.ts';

/** A request with some bytes removed and others inserted: it may be invalid or incomplete. */
export function damagedBytes(random: Random, base: HostileCase): HostileCase {
  let text = Buffer.concat(base.pieces).toString('latin1');
  // Most mutations are in the head, which decides the outcome.
  const head = text.indexOf('\r\n\r\n') + 4;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(random.chance(0.8) ? head : text.length + 1);
    text = text.slice(0, at) + random.one(DAMAGE) + text.slice(at + random.below(5));
  }
  return {
    ...base,
    name: 'bytes',
    pieces: [Buffer.from(text, 'latin1')],
    framed: false,
    ending: random.chance(0.9) ? 'half-close' : 'reset',
  };
}
