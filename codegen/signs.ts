import { splitPath } from '../src/catalog/json-path.ts';
import type { Field, Operation, Signs } from '../src/catalog/types.ts';
import type { OperationPolicy } from './description.ts';

/**
 * The signed URLs of an operation, from its rule `signs`. The fields about them must be where the gateway reads them: a lifetime is
 * a whole number at the top of a JSON body, `presigned` a parameter of the query.
 *
 * @param problem receives what cannot be enforced
 */
export function planSigns(
  rule: OperationPolicy['signs'],
  { path, query, headers, bodyFields }: Pick<Operation, 'path' | 'query' | 'headers' | 'bodyFields'>,
  problem: (text: string) => void,
): Signs | undefined {
  const signs = rule && ('urls' in rule ? { ...rule, urls: splitPath(rule.urls) } : rule);
  const lifetimes = bodyFields.filter(({ policy }) => policy?.class === 'lifetime');
  const asked = query.filter(({ policy }) => policy?.class === 'presigned');
  const elsewhere = [...path, ...headers].map(({ policy }) => policy?.class);
  if (elsewhere.includes('lifetime') || elsewhere.includes('presigned'))
    problem('neither a path nor a header may have a field about signed URLs');
  if (query.some(({ policy }) => policy?.class === 'lifetime') || isInside(bodyFields, 'lifetime'))
    problem('a lifetime must be a field at the top of the body');
  if (bodyFields.some(({ policy }) => policy?.class === 'presigned') || isInside(bodyFields, 'presigned'))
    problem('presigned must be a parameter of the query');
  if (lifetimes.some(({ type, repeated }) => repeated || (type !== 'int64' && type !== 'int32')))
    problem('a lifetime must be a whole number');
  if (lifetimes.length > 1 || asked.length > 1) problem('more than one field about signed URLs');
  if (signs === undefined && lifetimes.length + asked.length > 0)
    problem('the classes lifetime and presigned need the rule signs');
  return signs;
}

function isInside(fields: readonly Field[], name: string): boolean {
  return fields.some(({ fields: inner = [] }) =>
    inner.some((field) => field.policy?.class === name || isInside([field], name)),
  );
}
