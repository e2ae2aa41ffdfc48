import { createFileRegistry, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { OTLP_DESCRIPTORS } from './generated/descriptors.ts';

/**
 * The parts of OTLP's trace messages that the gateway reads; other known fields are passed on.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/trace/v1
 */
export interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource?: { readonly attributes: readonly KeyValue[] };
    readonly scopeSpans: readonly {
      readonly scope?: { readonly attributes: readonly KeyValue[] };
      readonly spans: readonly Span[];
    }[];
  }[];
}

export interface Span {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly { readonly attributes: readonly KeyValue[] }[];
  readonly links: readonly {
    readonly traceId: Uint8Array;
    readonly spanId: Uint8Array;
    readonly attributes: readonly KeyValue[];
  }[];
}

export interface KeyValue {
  readonly key: string;
  readonly value?: { readonly value: { readonly case?: string; readonly value?: unknown } };
}

const registry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, Buffer.from(OTLP_DESCRIPTORS, 'base64')),
);

/** The protobuf description of `ExportTraceServiceRequest`. */
export const EXPORT_REQUEST: DescMessage = registry.getMessage(
  'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest',
)!;
