import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AUDIT_SERIALIZER_FILES, compileAuditSerializer } from './audit.ts';

const root = new URL('../', import.meta.url);

test('the same schema makes the same bytes, which are those in the repository', () => {
  const files = compileAuditSerializer();
  expect(compileAuditSerializer()).toEqual(files);
  expect(Object.keys(files)).toEqual([...AUDIT_SERIALIZER_FILES]);
  for (const [path, contents] of Object.entries(files)) {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(contents);
  }
});

test('the serializer has one small import and makes no code from strings', () => {
  const code = compileAuditSerializer()['src/audit/generated/serialize.js'];
  expect(code.match(/\bimport\b.*|\brequire\b.*/g)).toEqual([
    "import Serializer from 'fast-json-stringify/lib/serializer.js';",
  ]);
  const format = JSON.stringify(new URL('src/audit/format.ts', root));
  const entry = JSON.stringify(new URL('src/audit/testing.ts', root));
  const program = `
    const { formatLine } = await import(${format});
    const { ENTRY } = await import(${entry});
    process.stdout.write(formatLine(ENTRY, 0));
    try { new Function(''); process.stdout.write('code generation is possible'); } catch {}`;
  const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program];
  const line = execFileSync(process.execPath, flags, { encoding: 'utf8' });
  expect(JSON.parse(line)).toMatchObject({ schema_version: 1, tenant: 'team-a' });
});

test('refuses a schema that needs a validator at run time', () => {
  const schema = {
    type: 'object',
    properties: { x: { anyOf: [{ type: 'object', properties: {} }, { type: 'string' }] } },
  };
  expect(() => compileAuditSerializer(JSON.stringify(schema))).toThrow('validator at run time');
});
