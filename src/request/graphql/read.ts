import type { Operation } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import type { CanonicalRequest } from '../types.ts';
import { type DocumentContent, type GraphqlBody, readDocument, type Selection } from './document.ts';
import { type GraphqlSurface, INPUT } from './surface.ts';

/** A GraphQL request as it is judged: what it asks for, and what that would be in the REST API. */
export interface GraphqlRequest extends DocumentContent {
  readonly surface: GraphqlSurface;
  /** The request that a field of the root is another form of. */
  readonly parts: ReadonlyMap<Selection, CanonicalRequest>;
  /** Whether the schema itself is asked for. */
  readonly introspects: boolean;
}

/** Reads values into the request that a caller would send with them, as strictly. */
export type RequestReader = (
  operation: Operation,
  values: Readonly<Record<string, unknown>>,
) => CanonicalRequest;

const INTROSPECTION: ReadonlySet<string> = new Set(['__schema', '__type']);

/**
 * Reads a GraphQL request.
 *
 * @param read makes of the input of a root field the request of its operation
 * @throws DenialError `invalid_field`, and what `read` throws
 */
export function readGraphql(surface: GraphqlSurface, body: GraphqlBody, read: RequestReader): GraphqlRequest {
  const asked = readDocument(surface.schema, body);
  const parts = new Map<Selection, CanonicalRequest>();
  for (const selection of asked.selections) {
    const root = surface.roots.get(selection.field.name);
    if (root === undefined) continue;
    const input = selection.arguments[INPUT];
    if (typeof input !== 'object' || input === null)
      throw new DenialError('invalid_field', `GraphQL: ${selection.field.name} needs its ${INPUT}.`);
    const values: Record<string, unknown> = {};
    // What is null is not there, to MLflow too.
    for (const [name, value] of Object.entries(input))
      if (value !== null) values[root.names.get(name)!] = value;
    parts.set(selection, read(root.operation, values));
  }
  const introspects = asked.selections.some(({ field }) => INTROSPECTION.has(field.name));
  return { ...asked, surface, parts, introspects };
}
