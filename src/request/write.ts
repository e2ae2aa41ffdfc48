import { writeForm } from './form/write-form.ts';
import { OTLP_PROTOBUF } from './otlp/read.ts';
import { writePath } from './path.ts';
import { writeQuery } from './query.ts';
import type { CanonicalRequest } from './types.ts';

/** Writes path and query of the request to MLflow. */
export function writeTarget(request: CanonicalRequest): string {
  const path = writePath(request.template, request.parameters);
  return request.query.size === 0 ? path : `${path}?${writeQuery(request.query)}`;
}

/** Writes the body of the request to MLflow, with its media type; `undefined` if the operation takes none. */
export function writeBody(request: CanonicalRequest): { type: string; bytes: Buffer } | undefined {
  if (request.encoded !== undefined) return { type: OTLP_PROTOBUF, bytes: request.encoded };
  if (request.body === undefined) return undefined;
  const json = JSON.stringify(request.body);
  if (request.file !== undefined) return writeForm(request.operation.form!, json, request.file);
  return { type: 'application/json', bytes: Buffer.from(json) };
}
