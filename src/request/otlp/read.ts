import { fromBinary, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import type { SpanTags } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import type { FieldUse } from '../types.ts';
import { readOtlpJson } from './json.ts';
import { EXPORT_REQUEST, type ExportRequest, type KeyValue, type Span } from './messages.ts';
import { scanOtlp } from './scan.ts';

/** Media types of OTLP over HTTP. What is sent on is always protobuf. */
export const OTLP_PROTOBUF = 'application/x-protobuf';
export const OTLP_JSON = 'application/json';

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

/**
 * Reads an OTLP export of traces, protobuf or JSON, and writes it anew as protobuf. MLflow makes trace tags of some
 * attributes, also of ones that say where the trace's data lies, so they are noted like tags anywhere else. The trace
 * of each span is noted like an id that a caller chooses.
 *
 * Fields that are not known are left out, as the protocol asks of receivers. Ids must have their full length: MLflow
 * reads them as numbers, so a shorter one would be a second spelling.
 *
 * An attribute can name the trace too, and MLflow before 3.17 believes it rather than the span's own trace id: it must
 * say the same.
 *
 * @param uses receives every trace, and every tag that MLflow would make
 * @param counted receives the number of fields (of JSON: values and keys) before they are made, and may refuse by throwing
 * @throws DenialError `malformed_body`, `body_too_large` (see `scanOtlp`, `scanJson`), `invalid_field`
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
 */
export function readOtlp(
  bytes: Uint8Array,
  type: string,
  tags: SpanTags,
  uses: FieldUse[],
  counted?: (objects: number) => void,
): Buffer {
  const message = parse(bytes, type, counted);
  const request = message as unknown as ExportRequest;
  const note = (attributes: readonly KeyValue[]): void => noteTags(attributes, tags, uses);
  for (const { resource, scopeSpans } of request.resourceSpans) {
    if (resource) noteResource(resource.attributes, tags, uses);
    for (const { scope, spans } of scopeSpans) {
      if (scope) note(scope.attributes);
      for (const span of spans) {
        requireBytes('traceId', span.traceId, TRACE_ID_BYTES);
        requireBytes('spanId', span.spanId, SPAN_ID_BYTES);
        if (span.parentSpanId.length > 0) requireBytes('parentSpanId', span.parentSpanId, SPAN_ID_BYTES);
        noteTrace(span, tags, uses);
        note(span.attributes);
        for (const event of span.events) note(event.attributes);
        for (const link of span.links) {
          requireBytes('links.traceId', link.traceId, TRACE_ID_BYTES);
          requireBytes('links.spanId', link.spanId, SPAN_ID_BYTES);
          note(link.attributes);
        }
      }
    }
  }
  const written = toBinary(EXPORT_REQUEST, message);
  return Buffer.from(written.buffer, written.byteOffset, written.byteLength);
}

function parse(
  bytes: Uint8Array,
  type: string,
  counted: ((objects: number) => void) | undefined,
): ReturnType<typeof fromBinary> {
  try {
    if (type !== OTLP_JSON) {
      const { fields } = scanOtlp(bytes);
      counted?.(fields);
    }
    return type === OTLP_JSON
      ? fromJson(EXPORT_REQUEST, readOtlpJson(bytes, counted) as JsonValue, { ignoreUnknownFields: true })
      : fromBinary(EXPORT_REQUEST, bytes, { readUnknownFields: false });
  } catch (error) {
    if (error instanceof DenialError) throw error;
    throw new DenialError('malformed_body', `The body is not a well-formed OTLP export of traces (${type}).`);
  }
}

function requireBytes(name: string, id: Uint8Array, length: number): void {
  if (id.length !== length)
    throw new DenialError(
      'invalid_field',
      `Invalid value for parameter '${name}' supplied: expected ${length} bytes.`,
    );
}

function noteTrace(
  { traceId, attributes }: Span,
  { kind, idPrefix, idAttribute }: SpanTags,
  uses: FieldUse[],
): void {
  const id = `${idPrefix}${Buffer.from(traceId).toString('hex')}`;
  uses.push({ policy: { class: 'new-name', kind }, at: 'traceId', value: id });
  for (const { key, value } of attributes) {
    if (key !== idAttribute) continue;
    const said = value?.value.value;
    // MLflow's client writes attributes as JSON.
    if (said !== id && said !== JSON.stringify(id))
      throw new DenialError('invalid_field', `The attribute ${idAttribute} must name the trace of its span.`);
  }
}

/** An attribute that MLflow takes for the tag named by the rest of its key. */
function noteTags(attributes: readonly KeyValue[], { prefix, kind }: SpanTags, uses: FieldUse[]): void {
  for (const attribute of attributes)
    if (attribute.key.startsWith(prefix)) noteTag(attribute.key.slice(prefix.length), attribute, kind, uses);
}

/** MLflow makes a tag of every attribute of a resource, under its own key. */
function noteResource(attributes: readonly KeyValue[], tags: SpanTags, uses: FieldUse[]): void {
  for (const attribute of attributes) noteTag(attribute.key, attribute, tags.kind, uses);
  noteTags(attributes, tags, uses);
}

function noteTag(key: string, { value }: KeyValue, kind: string, uses: FieldUse[]): void {
  const at = 'attributes';
  uses.push({ policy: { class: 'tag-key', kind }, at, value: key });
  const given = value?.value.value;
  if (typeof given === 'string') uses.push({ policy: { class: 'tag-value', kind }, at, value: given });
}
