import type { Operation } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import type { CanonicalRequest, GraphqlRequest } from '../types.ts';
import { type GraphqlBody, readDocument, type Selection } from './document.ts';
import { type GraphqlSurface, INPUT } from './surface.ts';

/** Reads values into the equivalent REST request, with the same checks. */
export type ValuesReader = (
  operation: Operation,
  values: Readonly<Record<string, unknown>>,
) => CanonicalRequest;

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

/**
 * Reads a GraphQL request.
 *
 * @param read turns the input of a root field into the request of its operation
 * @throws DenialError `invalid_field`, and what `read` throws
 */
export function readGraphql(surface: GraphqlSurface, body: GraphqlBody, read: ValuesReader): GraphqlRequest {
  const content = readDocument(surface.schema, body);
  const parts = new Map<Selection, CanonicalRequest>();
  for (const selection of content.selections) {
    const root = surface.roots.get(selection.field.name);
    if (root === undefined) continue;
    const input = selection.arguments[INPUT];
    if (typeof input !== 'object' || input === null)
      throw new DenialError('invalid_field', `GraphQL: ${selection.field.name} needs its ${INPUT}.`);
    const values: Record<string, unknown> = {};
    // MLflow treats null as absent.
    for (const [name, value] of Object.entries(input))
      if (value !== null) values[root.names.get(name)!] = value;
    parts.set(selection, read(root.operation, values));
  }
  const introspects = content.selections.some(({ field }) => INTROSPECTION.has(field.name));
  return { ...content, surface, parts, introspects };
}
