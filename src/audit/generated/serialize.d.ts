// Generated from docs/reference/audit.schema.json by `npm run codegen`. Do not edit.
/** One audit entry as JSON, without a line end. Values are expected within the schema's limits. */
export declare function serialize(entry: unknown): string;
