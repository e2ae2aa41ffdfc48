import type { IncomingMessage } from 'node:http';
import type { Match } from '../catalog/match.ts';
import type { Operation } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { type Lease, memoryOfBytes, memoryOfObjects } from '../http/body-budget.ts';
import type { HeaderBag } from '../http/headers.ts';
import type { Target } from '../http/target.ts';
import { hasBody, readBytes, refuseBody, requireJson, withoutMark } from './body.ts';
import { type FieldIndex, type FieldUse, indexFields, printable, readMessage, readText } from './fields.ts';
import { GRAPHQL_SCHEMA } from './graphql/generated/schema.ts';
import { type GraphqlRequest, readGraphql } from './graphql/read.ts';
import { type GraphqlSurface, readSurface } from './graphql/surface.ts';
import { parseJson } from './json.ts';
import { decompress, OTLP_CODINGS } from './otlp/decompress.ts';
import { OTLP_PROTOBUF, readOtlp } from './otlp/read.ts';
import { decodeParameters, writePath } from './path-parameters.ts';
import { type Query, queryOfMessage, readQuery, readQueryValues, saysTheSame, writeQuery } from './query.ts';

/**
 * A request in the one form the gateway understands it: what is judged, and what the request sent upstream is
 * written from. Nothing of the caller's own bytes is kept.
 */
export interface CanonicalRequest {
  readonly operation: Operation;
  /** The mount the caller used. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Query;
  /** Query parameters that MLflow does not read: the body must say the same. They are not sent. */
  readonly repeated?: Query | undefined;
  /** Headers the operation declares, read like its other fields. */
  readonly declaredHeaders: Readonly<Record<string, string>>;
  /** The parsed JSON body; `undefined` for none or another one. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** For GraphQL: what is asked for. The body is written from it once it is judged. */
  readonly graphql?: GraphqlRequest;
  /** A body that is not JSON, as the gateway wrote it. */
  readonly encoded?: Buffer;
  /** Content type of a body that is not JSON, as the caller gave it. */
  readonly streamType: string | undefined;
  /** Every value at a field that bears on tenancy, wherever it stood. */
  readonly uses: readonly FieldUse[];
  /** MLflow answers when its artifact store has. */
  readonly awaitsStorage?: boolean;
}

interface Reader {
  readonly query: FieldIndex;
  readonly headers: FieldIndex;
  readonly body: FieldIndex;
  readonly pathNames: readonly string[];
  readonly awaitsStorage: boolean;
  /** MLflow reads the body and no query: clients repeat fields of the body in one. */
  readonly repeats: boolean;
}

export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Reads requests against the catalog; everything that can be prepared is prepared here, once. */
export class Canonicaliser {
  readonly #readers = new Map<Operation, Reader>();
  readonly #limits: BodyLimits;
  readonly #graphql = new Map<Operation, GraphqlSurface>();

  constructor(operations: readonly Operation[], limits: BodyLimits) {
    this.#limits = limits;
    for (const operation of operations) {
      this.#readers.set(operation, {
        query: indexFields(operation.query, operation.message),
        // Instrumented clients send some of the internal ones unasked (traceparent), so they are dropped in silence.
        headers: indexFields(operation.headers.filter((field) => field.policy?.class !== 'internal')),
        body: indexFields(operation.bodyFields, operation.message),
        pathNames: operation.path.map((p) => p.name),
        awaitsStorage: operation.awaitsStorage === true || namesArtifacts(operation),
        repeats: operation.message === true && operation.body === 'json' && operation.query.length === 0,
      });
    }
    const byId = (id: string): Operation => operations.find((operation) => operation.id === id)!;
    // The same by GET and by POST, and a schema takes some milliseconds to build.
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
   * Reads everything but the body: cheap, and done before the caller is known.
   *
   * @throws DenialError
   */
  readHead(match: Match, target: Target, headers: HeaderBag): CanonicalRequest {
    const { operation } = match;
    const reader = this.#readers.get(operation)!;
    const uses: FieldUse[] = [];
    const parameters = decodeParameters(match);
    for (const { name, policy } of operation.path) {
      if (policy.class !== 'opaque') uses.push({ policy, at: name, value: parameters[name]! });
    }
    // Pages and files are the same whatever the query: a link's origin, a cache's number.
    const query =
      operation.anyQuery || reader.repeats ? NO_QUERY : readQuery(target.query, reader.query, uses);
    // What bears on tenancy is noted where MLflow reads it, in the body.
    const repeated =
      reader.repeats && target.query !== '' ? readQuery(target.query, reader.body, []) : undefined;
    const declaredHeaders: Record<string, string> = {};
    for (const [name, field] of reader.headers) {
      const value = headers.get(name.toLowerCase());
      if (value !== undefined) declaredHeaders[name.toLowerCase()] = readText(once(value), field, uses);
    }
    let streamType: string | undefined;
    if (operation.body === 'stream') streamType = readStreamType(operation, headers);
    else if (operation.body === 'otlp') streamType = requireOtlp(operation, headers);
    else if (takesNone(operation)) readsNone(operation, target.query, headers);
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
      uses,
      awaitsStorage: reader.awaitsStorage,
    };
  }

  /**
   * Reads a body that is not streamed, once the caller is known and permitted, so that nobody unknown can make the gateway buffer.
   *
   * @param lease takes the memory for it, and is held for as long as the request is
   * @throws DenialError
   */
  async readBody(
    head: CanonicalRequest,
    req: IncomingMessage,
    headers: HeaderBag,
    lease?: Lease,
  ): Promise<CanonicalRequest> {
    const { operation } = head;
    if (operation.body === 'stream' || (takesNone(operation) && !hasBody(headers))) return head;
    const { maxBytes, timeoutMs } = this.#limits;
    const bytes = await readBytes(req, headers, maxBytes, timeoutMs, 'GW_MAX_BODY_BYTES', lease);
    return operation.body === 'otlp'
      ? this.#withOtlp(head, bytes, headers, lease)
      : this.withBody(head, bytes, lease);
  }

  /**
   * The request that a caller of the REST API would send with these values, of an operation whose path takes none.
   *
   * @throws DenialError `unknown_field`, `invalid_field`
   */
  fromValues(operation: Operation, values: Readonly<Record<string, unknown>>): CanonicalRequest {
    const reader = this.#readers.get(operation)!;
    const uses: FieldUse[] = [];
    const inBody = operation.body === 'json';
    return {
      operation,
      template: operation.paths[0],
      parameters: {},
      query: inBody ? new Map() : readQueryValues(values, reader.query, uses),
      declaredHeaders: {},
      body: inBody ? readMessage(values, reader.body, '', uses, operation.bodyOpen) : undefined,
      streamType: undefined,
      uses,
      awaitsStorage: reader.awaitsStorage,
    };
  }

  async #withOtlp(
    head: CanonicalRequest,
    bytes: Buffer,
    headers: HeaderBag,
    lease: Lease | undefined,
  ): Promise<CanonicalRequest> {
    const uses = [...head.uses];
    const grown = lease && ((size: number) => lease.grow(memoryOfBytes(size)));
    const plain = await decompress(bytes, codingOf(headers), this.#limits.maxBytes, grown);
    const { streamType, operation } = head;
    const encoded = readOtlp(plain, streamType!, operation.spanTags!, uses, growing(lease));
    return { ...head, encoded, uses };
  }

  /** The same from bytes already at hand. @throws DenialError */
  withBody(head: CanonicalRequest, bytes: Uint8Array, lease?: Lease): CanonicalRequest {
    const { operation } = head;
    const parsed = bytes.length === 0 ? {} : parseJson(withoutMark(bytes), growing(lease));
    const reader = this.#readers.get(operation)!;
    const uses = [...head.uses];
    if (takesNone(operation)) {
      const query = queryOfMessage(readMessage(parsed, reader.query, '', []), reader.query, uses);
      return { ...head, query, uses };
    }
    const body = readMessage(parsed, reader.body, '', uses, operation.bodyOpen);
    for (const name of reader.pathNames) {
      // MLflow's own client repeats path parameters in the body; MLflow lets the path win.
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
    // An operation without a body takes an empty object from clients that always send one; none is sent on.
    return operation.body === 'none' ? head : { ...head, body, uses, repeated: undefined };
  }
}

/**
 * Refuses a body on a request that has none: on GET, but where MLflow reads fields from it. With a query MLflow does not look at
 * the body.
 */
function readsNone(operation: Operation, query: string, headers: HeaderBag): void {
  if (!hasBody(headers)) return;
  if (!operation.message) refuseBody(headers, operation.method);
  if (query !== '')
    throw new DenialError(
      'malformed_request',
      'A GET request has its fields in the query or in a JSON body, not in both: send them in the query.',
    );
  requireJson(headers);
}

/** MLflow reads these in the body only, so that a query that says anything else would say it to nobody. */
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

const NO_QUERY: Query = new Map();

/** The value of a header that was given several times with the same value, which has one meaning. */
function once(value: string): string {
  const comma = value.indexOf(',');
  if (comma === -1) return value;
  const first = value.slice(0, comma).trim();
  return value.split(',').every((given) => given.trim() === first) ? first : value;
}

/** What takes the memory for objects before they are made. */
function growing(lease: Lease | undefined): ((objects: number) => void) | undefined {
  return lease && ((objects) => lease.grow(memoryOfObjects(objects)));
}

/** Writes path and query of the request that is sent upstream. */
export function writeTarget(request: CanonicalRequest): string {
  const path = writePath(request.template, request.parameters);
  return request.query.size === 0 ? path : `${path}?${writeQuery(request.query)}`;
}

/** Writes the body that is sent upstream, with its type; `undefined` when the operation takes none. */
export function writeBody(request: CanonicalRequest): { type: string; bytes: Buffer } | undefined {
  if (request.encoded !== undefined) return { type: OTLP_PROTOBUF, bytes: request.encoded };
  if (request.body === undefined) return undefined;
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(request.body)) };
}

/** MLflow fetches, lists, stores or deletes what is named so in its artifact store, which may be far away, before it answers. */
function namesArtifacts({ path, query, bodyFields }: Operation): boolean {
  return [...path, ...query, ...bodyFields].some(({ policy }) => policy?.class === 'artifact-path');
}

/** A GET has no body, but where MLflow reads GraphQL from one. */
function takesNone({ method, body }: Operation): boolean {
  return method === 'GET' && body !== 'graphql';
}

function codingOf(headers: HeaderBag): string {
  return headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
}

function requireOtlp(operation: Operation, headers: HeaderBag): string {
  if (!OTLP_CODINGS.includes(codingOf(headers))) {
    throw new DenialError(
      'unsupported_media_type',
      `Of the content codings only ${OTLP_CODINGS.join(', ')} are accepted.`,
    );
  }
  const type = readStreamType(operation, headers);
  if (type !== undefined) return type;
  throw new DenialError('unsupported_media_type', `Send one of: ${operation.contentTypes!.join(', ')}.`);
}

function readStreamType(operation: Operation, headers: HeaderBag): string | undefined {
  const type = headers.get('content-type');
  const accepted = operation.contentTypes ?? [];
  if (type === undefined || accepted.includes('application/octet-stream') || accepted.includes('*/*'))
    return type;
  const essence = type.split(';', 1)[0]!.trim().toLowerCase();
  if (!accepted.includes(essence)) {
    throw new DenialError('unsupported_media_type', `Send one of: ${accepted.join(', ')}.`);
  }
  return essence;
}
