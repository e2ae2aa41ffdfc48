import type { IncomingMessage } from 'node:http';
import type { Match } from '../catalog/match.ts';
import type { Operation, SpanTags } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { type Lease, memoryOfBytes, memoryOfObjects } from '../http/body-budget.ts';
import type { HeaderBag } from '../http/headers.ts';
import type { Target } from '../http/target.ts';
import { hasBody, readBytes, refuseBody, withoutMark } from './body.ts';
import { type FieldIndex, indexFields } from './field-index.ts';
import { readMessage, readText } from './fields.ts';
import { isForm, readBoundary } from './form/boundary.ts';
import { readForm } from './form/read-form.ts';
import { GRAPHQL_SCHEMA } from './graphql/generated/schema.ts';
import { readGraphql } from './graphql/read.ts';
import { type GraphqlSurface, readSurface } from './graphql/surface.ts';
import { parseJson } from './json/parse.ts';
import { codingOf, readStreamType, requireJson, requireOtlp } from './media-type.ts';
import { decompress } from './otlp/decompress.ts';
import { readOtlp } from './otlp/read.ts';
import { decodeParameters } from './path.ts';
import { printable } from './printable.ts';
import { type NameJoin, nameJoin } from './qualified-name.ts';
import { queryOfMessage, readQuery, readQueryValues, saysTheSame } from './query.ts';
import type { CanonicalRequest, FieldUse, Query } from './types.ts';

/** The fields of one operation, prepared at start. */
interface OperationFields {
  readonly query: FieldIndex;
  readonly headers: FieldIndex;
  readonly body: FieldIndex;
  readonly pathNames: readonly string[];
  readonly awaitsStorage: boolean;
  /** Whether MLflow reads only the body, while clients may repeat its fields in the query. */
  readonly repeats: boolean;
  readonly names: NameJoin | undefined;
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Reads requests into their canonical form, by the catalog. Prepares at start everything that does not depend on a request. */
export class RequestReader {
  readonly #fields = new Map<Operation, OperationFields>();
  readonly #limits: BodyLimits;
  readonly #graphql = new Map<Operation, GraphqlSurface>();

  constructor(operations: readonly Operation[], limits: BodyLimits) {
    this.#limits = limits;
    for (const operation of operations) {
      this.#fields.set(operation, {
        query: indexFields(operation.query, operation.message),
        // Instrumented clients send some internal headers (traceparent) on their own, so these are dropped without a denial.
        headers: indexFields(operation.headers.filter((field) => field.policy?.class !== 'internal')),
        body: indexFields(operation.bodyFields, operation.message, operation.nulls),
        pathNames: operation.path.map((p) => p.name),
        awaitsStorage: operation.awaitsStorage === true || namesArtifacts(operation),
        repeats: operation.message === true && operation.body === 'json' && operation.query.length === 0,
        names: nameJoin(operation),
      });
    }
    const byId = (id: string): Operation => operations.find((operation) => operation.id === id)!;
    // A schema takes milliseconds to build; GET and POST share one.
    const surfaces = new Map<string, GraphqlSurface>();
    for (const operation of operations) {
      if (operation.graphql === undefined) continue;
      const policy = JSON.stringify(operation.graphql);
      const surface = surfaces.get(policy) ?? readSurface(GRAPHQL_SCHEMA, operation.graphql, byId);
      surfaces.set(policy, surface);
      this.#graphql.set(operation, surface);
    }
  }

  /**
   * Reads everything but the body: cheap, and done before the caller is identified.
   *
   * @throws DenialError
   */
  readHead(match: Match, target: Target, headers: HeaderBag): CanonicalRequest {
    const { operation } = match;
    const fields = this.#fields.get(operation)!;
    const uses: FieldUse[] = [];
    const parameters = decodeParameters(match);
    for (const { name, policy } of operation.path) {
      if (policy.class !== 'opaque') uses.push({ policy, at: name, value: parameters[name]! });
    }
    // Pages and files do not depend on the query (the origin of a link, a cache buster).
    const query =
      operation.anyQuery || fields.repeats ? NO_QUERY : readQuery(target.query, fields.query, uses);
    // Uses are recorded where MLflow reads the fields: in the body.
    const repeated =
      fields.repeats && target.query !== '' ? readQuery(target.query, fields.body, []) : undefined;
    const declaredHeaders: Record<string, string> = {};
    for (const [name, field] of fields.headers) {
      const value = headers.get(name.toLowerCase());
      if (value !== undefined) declaredHeaders[name.toLowerCase()] = readText(once(value), field, uses);
    }
    let streamType: string | undefined;
    if (operation.body === 'stream') streamType = readStreamType(operation, headers);
    else if (operation.body === 'otlp') streamType = requireOtlp(operation, headers);
    else if (takesNoBody(operation)) requireNoBody(operation, target.query, headers);
    else if (operation.form !== undefined && isForm(headers)) readBoundary(headers);
    else requireJson(headers);
    return {
      operation,
      template: match.template,
      parameters,
      query,
      ...(repeated === undefined ? {} : { repeated }),
      declaredHeaders,
      body: undefined,
      streamType,
      uses: fields.names?.head(uses, parameters) ?? uses,
      awaitsStorage: fields.awaitsStorage,
    };
  }

  /**
   * Reads a body that is not streamed. Called once the caller is identified and permitted, so that the gateway buffers nothing for other
   * callers.
   *
   * @param lease holds the memory of the body, as long as the request lives
   * @throws DenialError
   */
  async readBody(
    head: CanonicalRequest,
    req: IncomingMessage,
    headers: HeaderBag,
    lease?: Lease,
  ): Promise<CanonicalRequest> {
    const { operation } = head;
    if (operation.body === 'stream' || (takesNoBody(operation) && !hasBody(headers))) return head;
    const { maxBytes, timeoutMs } = this.#limits;
    const bytes = await readBytes(req, headers, maxBytes, timeoutMs, 'GW_MAX_BODY_BYTES', lease);
    if (operation.body === 'otlp') return this.#withOtlp(head, operation.spanTags, bytes, headers, lease);
    if (operation.form === undefined || !isForm(headers)) return this.withBody(head, bytes, lease);
    const { fields, file } = readForm(bytes, readBoundary(headers), operation.form);
    return { ...this.withBody(head, fields, lease), file };
  }

  /**
   * The REST request with these values, for an operation without path parameters.
   *
   * @throws DenialError `unknown_field`, `invalid_field`
   */
  fromValues(operation: Operation, values: Readonly<Record<string, unknown>>): CanonicalRequest {
    const fields = this.#fields.get(operation)!;
    const uses: FieldUse[] = [];
    const inBody = operation.body === 'json';
    return {
      operation,
      template: operation.paths[0],
      parameters: {},
      query: inBody ? new Map() : readQueryValues(values, fields.query, uses),
      declaredHeaders: {},
      body: inBody ? readMessage(values, fields.body, '', uses, operation.bodyOpen) : undefined,
      streamType: undefined,
      uses,
      awaitsStorage: fields.awaitsStorage,
    };
  }

  async #withOtlp(
    head: CanonicalRequest,
    spanTags: SpanTags,
    bytes: Buffer,
    headers: HeaderBag,
    lease: Lease | undefined,
  ): Promise<CanonicalRequest> {
    const uses = [...head.uses];
    const grown = lease && ((size: number) => lease.grow(memoryOfBytes(size)));
    const plain = await decompress(bytes, codingOf(headers), this.#limits.maxBytes, grown);
    const encoded = readOtlp(plain, head.streamType!, spanTags, uses, growing(lease));
    return { ...head, encoded, uses };
  }

  /** Adds a body that is already in memory. @throws DenialError */
  withBody(head: CanonicalRequest, bytes: Uint8Array, lease?: Lease): CanonicalRequest {
    const { operation } = head;
    const parsed = bytes.length === 0 ? {} : parseJson(withoutMark(bytes), growing(lease));
    const fields = this.#fields.get(operation)!;
    const uses = [...head.uses];
    if (takesNoBody(operation)) {
      const query = queryOfMessage(readMessage(parsed, fields.query, '', []), fields.query, uses);
      return { ...head, query, uses };
    }
    const { names } = fields;
    // Those of the head are joined already.
    const ofBody = names === undefined ? uses : [];
    const body = readMessage(parsed, fields.body, '', ofBody, operation.bodyOpen);
    if (names !== undefined) uses.push(...names.body(ofBody, head.parameters));
    for (const name of fields.pathNames) {
      // MLflow's client repeats path parameters in the body; MLflow uses those of the path.
      if (body[name] !== undefined && String(body[name]) !== head.parameters[name]) {
        throw new DenialError('invalid_field', `${name} in the body differs from ${name} in the path.`);
      }
    }
    if (head.repeated !== undefined) requireSame(head.repeated, body);
    if (operation.body === 'graphql') {
      const graphql = readGraphql(this.#graphql.get(operation)!, body, (part, values) =>
        this.fromValues(part, values),
      );
      const parts = [...graphql.parts.values()];
      const awaitsStorage = parts.some((part) => part.awaitsStorage);
      return { ...head, graphql, awaitsStorage, uses: parts.flatMap((part) => part.uses) };
    }
    // Some clients always send a body: an operation without one accepts an empty object, which is not sent.
    return operation.body === 'none' ? head : { ...head, body, uses, repeated: undefined };
  }
}

/** MLflow reads these fields from the body only: a query with another value would have no effect. */
function requireSame(repeated: Query, body: Readonly<Record<string, unknown>>): void {
  for (const [name, text] of repeated) {
    if (body[name] === undefined)
      throw new DenialError(
        'unknown_field',
        `Unknown query parameter ${printable(name)}. Send ${printable(name)} in the JSON body.`,
      );
    if (!saysTheSame(body[name], text))
      throw new DenialError(
        'invalid_field',
        `${printable(name)} in the query differs from ${printable(name)} in the body. Send it in the body alone.`,
      );
  }
}

/**
 * Refuses the body of a request by GET, unless MLflow reads fields from it. If there is a query, MLflow ignores the body.
 */
function requireNoBody(operation: Operation, query: string, headers: HeaderBag): void {
  if (!hasBody(headers)) return;
  if (!operation.message) refuseBody(headers, operation.method);
  if (query !== '')
    throw new DenialError(
      'malformed_request',
      'A GET request takes its fields from the query or from a JSON body, not from both: send them in the query.',
    );
  requireJson(headers);
}

const NO_QUERY: Query = new Map();

/** The value of a header that is repeated with the same value, which has one reading. */
function once(value: string): string {
  const comma = value.indexOf(',');
  if (comma === -1) return value;
  const first = value.slice(0, comma).trim();
  return value.split(',').every((given) => given.trim() === first) ? first : value;
}

/** Grows the lease by the memory of objects, before they are created. */
function growing(lease: Lease | undefined): ((objects: number) => void) | undefined {
  return lease && ((objects) => lease.grow(memoryOfObjects(objects)));
}

/** Whether MLflow accesses its artifact store, which may be slow, before it answers. */
function namesArtifacts({ path, query, bodyFields }: Operation): boolean {
  return [...path, ...query, ...bodyFields].some(({ policy }) => policy?.class === 'artifact-path');
}

/** A GET takes no body, except GraphQL. */
function takesNoBody({ method, body }: Operation): boolean {
  return method === 'GET' && body !== 'graphql';
}
