import type { PatchStep } from '../patch.ts';

/**
 * Applies the additions of a JSON Patch (RFC 6902, section 4.1) to a copy, as strictly as an API server: the parent must
 * exist.
 */
export function applyPatch<T>(document: T, patch: readonly PatchStep[]): T {
  const result = structuredClone(document);
  for (const { path, value } of patch) {
    const keys = path
      .split('/')
      .slice(1)
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = keys.pop()!;
    let at: unknown = result;
    for (const key of keys) {
      at = (at as Record<string, unknown>)[key];
      if (typeof at !== 'object' || at === null) throw new Error(`${path}: there is no ${key}`);
    }
    if (!Array.isArray(at)) (at as Record<string, unknown>)[last] = structuredClone(value);
    else if (last === '-') at.push(structuredClone(value));
    else throw new Error(`${path}: only appended to`);
  }
  return result;
}
