/**
 * Finds the known name that a misspelt one probably means.
 *
 * @returns `undefined` when nothing is near enough
 * @example
 * suggest('GW_OIDC_ISUER', ['GW_OIDC_ISSUER', 'GW_OIDC_AUDIENCE']); // 'GW_OIDC_ISSUER'
 */
export function suggest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of known) {
    const edits = distance(name, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best ?? sameWords(name, known);
}

/** Levenshtein distance: the fewest insertions, deletions and substitutions. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** `GW_TIMEOUT_REQUEST` has the words of `GW_REQUEST_TIMEOUT_SECONDS`. */
function sameWords(name: string, known: readonly string[]): string | undefined {
  const words = name.split('_');
  const hits = known.filter((candidate) => words.every((word) => candidate.split('_').includes(word)));
  return words.length > 1 && hits.length === 1 ? hits[0] : undefined;
}
