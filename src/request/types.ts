import type { FieldClass, Operation } from '../catalog/types.ts';
import type { DocumentContent, Selection } from './graphql/document.ts';
import type { GraphqlSurface } from './graphql/surface.ts';

/** The canonical query: name to the text (or texts, for lists) that is sent. */
export type Query = ReadonlyMap<string, string | readonly string[]>;

/** A value at a field that bears on tenancy, with its location (for messages and tests). */
export interface FieldUse {
  readonly policy: Exclude<FieldClass, { class: 'opaque' }>;
  readonly at: string;
  readonly value: string;
}

/**
 * A request in canonical form: the form that is judged, and from which the request to MLflow is written. It holds none of the
 * caller's own bytes.
 */
export interface CanonicalRequest {
  readonly operation: Operation;
  /** The mount that the caller used. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Query parameters that MLflow does not read. The body must repeat them; they are not sent. */
  readonly repeated?: Query | undefined;
  /** The headers that the operation declares, read like its other fields. */
  readonly declaredHeaders: Readonly<Record<string, string>>;
  /** The parsed JSON body; `undefined` if there is none or it is not JSON. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** The parsed GraphQL document. The body is written from it once it is judged. */
  readonly graphql?: GraphqlRequest;
  /** The file of a form. The form is written from `body` and this. */
  readonly file?: Buffer;
  /** A body that is not JSON, as the gateway wrote it. */
  readonly encoded?: Buffer;
  /** The content type of a body that is not JSON, as the caller sent it. */
  readonly streamType: string | undefined;
  /** The values of all fields that bear on tenancy. */
  readonly uses: readonly FieldUse[];
  /** Whether MLflow waits for its artifact store before it answers. */
  readonly awaitsStorage?: boolean;
}

/** A GraphQL request: its document, and the REST request that each root field corresponds to. */
export interface GraphqlRequest extends DocumentContent {
  readonly surface: GraphqlSurface;
  /** The REST request that a root field corresponds to. */
  readonly parts: ReadonlyMap<Selection, CanonicalRequest>;
  /** Whether the document selects the schema itself. */
  readonly introspects: boolean;
}
