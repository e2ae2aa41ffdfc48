import { DIALECTS } from '../dialect.ts';
import { searchesThatCannotName } from '../tenant-filter.ts';

/**
 * Whether a search can name a tag key.
 *
 * @example
 * canName('evaluation-datasets', 'acme.io/tenant'); // false: MLflow's grammar has no quotes there
 * canName('traces', 'name'); // false: MLflow compares the name of the trace instead
 */
export function canName(dialect: string, key: string): boolean {
  const known = DIALECTS.get(dialect);
  return known !== undefined && known.tags !== 'none' && !searchesThatCannotName(key).includes(dialect);
}
