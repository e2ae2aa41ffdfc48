import { readFileSync } from 'node:fs';
import build, { type ObjectSchema } from 'fast-json-stringify';

const SCHEMA = new URL('../docs/reference/audit.schema.json', import.meta.url);

/** The files that `compileAuditSerializer` makes, by their path in the repository. */
export const AUDIT_SERIALIZER_FILES = [
  'src/audit/generated/serialize.js',
  'src/audit/generated/serialize.d.ts',
  'src/audit/generated/limits.ts',
] as const;

/**
 * Compiles docs/reference/audit.schema.json into the serializer of audit lines, so that nothing is generated or
 * evaluated at run time. Same schema, same bytes.
 *
 * fast-json-stringify's standalone mode writes a CommonJS module; it becomes an ES module that imports only the
 * library's small `serializer` (string and number formatting). A schema that would also need its validator, and with
 * it ajv, is refused: the audit schema has no `anyOf`, `oneOf`, `if` or `$ref` for that reason.
 * https://github.com/fastify/fast-json-stringify#standalone
 *
 * @param schemaText the schema; read from docs/reference/ when not given
 * @returns path in the repository -> contents
 * @throws Error if the schema needs more than the serializer at run time
 */
export function compileAuditSerializer(
  schemaText: string = readFileSync(SCHEMA, 'utf8'),
): Readonly<Record<(typeof AUDIT_SERIALIZER_FILES)[number], string>> {
  const schema = JSON.parse(schemaText) as ObjectSchema;
  // `mode: 'standalone'` returns the module's text; the types declare only the function.
  const code = build(schema, { mode: 'standalone' }) as unknown as string;
  return {
    'src/audit/generated/serialize.js': toEsModule(code),
    'src/audit/generated/serialize.d.ts': DECLARATION,
    'src/audit/generated/limits.ts': limits(schema),
  };
}

const HEADER = '// Generated from docs/reference/audit.schema.json by `npm run codegen`. Do not edit.';

const DECLARATION = `${HEADER}
/** One audit entry as JSON, without a line end. Values are expected within the schema's limits. */
export declare function serialize(entry: unknown): string;
`;

function toEsModule(code: string): string {
  const body = /module\.exports = (function anonymous\([\s\S]*\})\(validator, serializer\)\s*$/.exec(
    code,
  )?.[1];
  const state = /const serializerState = (.*)/.exec(code)?.[1];
  if (body === undefined || state === undefined) {
    throw new Error(
      'fast-json-stringify writes its standalone module differently now: adapt codegen/audit.ts',
    );
  }
  if (!/const validator = null\n/.test(code)) {
    throw new Error('The audit schema needs a validator at run time: avoid anyOf, oneOf, if and $ref in it.');
  }
  return [
    HEADER,
    "import Serializer from 'fast-json-stringify/lib/serializer.js';",
    '',
    `const serializer = Serializer.restoreFromState(${state});`,
    '',
    `export const serialize = (${body.replace(/[ \t]+$/gm, '')})(null, serializer);`,
    '',
  ].join('\n');
}

interface Limited {
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Limited & { readonly properties?: Readonly<Record<string, Limited>> };
}

/** The schema's lengths as constants, for the code that bounds the values before they are written. */
function limits(schema: ObjectSchema): string {
  const lengths: string[] = [];
  for (const [name, property] of Object.entries(schema.properties as Readonly<Record<string, Limited>>)) {
    if (property.maxLength !== undefined) lengths.push(`  ${name}: ${property.maxLength},`);
    if (property.maxItems !== undefined) lengths.push(`  ${name}: ${property.maxItems},`);
    if (property.items?.maxLength !== undefined) lengths.push(`  '${name}[]': ${property.items.maxLength},`);
    for (const [inner, { maxLength }] of Object.entries(property.items?.properties ?? {})) {
      if (maxLength !== undefined) lengths.push(`  '${name}[].${inner}': ${maxLength},`);
    }
  }
  return [
    HEADER,
    '/** Longest strings in characters, and most items, that the schema allows. */',
    'export const LIMITS = {',
    ...lengths,
    '} as const;',
    '',
  ].join('\n');
}
