import type { Random } from '../random.ts';

/** The credentials of a hostile request: mostly a valid token of the attacking team. */
export interface Tokens {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** Values of `Authorization`; `undefined` for none. */
export function pickAuthorization(random: Random, { good, bad }: Tokens): string | undefined {
  const roll = random.next();
  if (roll < 0.8) return `Bearer ${random.one(good)}`;
  if (roll < 0.9) return undefined;
  return random.one([...bad, `Bearer ${'a.'.repeat(random.below(3_000))}`, 'Basic dXNlcjpwYXNz', 'Bearer']);
}
