import { randomBytes } from 'node:crypto';
import { absentId } from '../../harness/requests/unknown-id.ts';
import type { Family } from '../../harness/world/family.ts';

/** Kinds whose values are parts of others, or small numbers that stand for anything. */
const KEPT = new Set([
  'model-version',
  'run-artifacts',
  'logged-model-artifacts',
  'static-file',
  'workspace',
]);

/** Long enough to be found inside other text, such as a run's id in the path of an artifact. */
const LONG = 16;

/**
 * Turns what names a family's resources, or its tenant, into what names nobody's: the same request about nothing, to
 * compare answers with.
 *
 * @example
 * const nobodys = await nobodyInstead(family);
 * nobodys(`runs:/${await family.id('run')}/model`); // 'runs:/4f0c…/model', a run that never was
 */
export async function nobodyInstead(family: Family): Promise<(text: string) => string> {
  const instead = new Map<string, string>();
  for (const [kind, id] of await family.all()) {
    if (KEPT.has(kind) || instead.has(id)) continue;
    const other = absentId(kind);
    instead.set(id, other);
    // OpenTelemetry writes a trace's id without MLflow's prefix.
    if (kind === 'trace') instead.set(id.slice(3), other.slice(3));
  }
  const inside = [...instead.keys()].filter((id) => id.length >= LONG).sort((a, b) => b.length - a.length);
  const { tenant } = family.owner;
  const noTenant = `absent-${randomBytes(4).toString('hex')}`;
  return (text) => {
    if (text === tenant) return noTenant;
    const whole = instead.get(text);
    if (whole !== undefined) return whole;
    const changed = inside.reduce((all, id) => all.replaceAll(id, instead.get(id)!), text);
    return changed.replaceAll(`/${tenant}`, `/${noTenant}`);
  };
}
