import { expect, test } from 'vitest';
import { withoutImports } from './builtin-modules.ts';

test.each([
  ['import http from "node:http";', 'const http = process.getBuiltinModule("node:http");'],
  ['import * as os from "node:os";', 'const os = process.getBuiltinModule("node:os");'],
  [
    'import { isIP, connect as c$1 } from "node:net";',
    'const { isIP, connect: c$1 } = process.getBuiltinModule("node:net");',
  ],
  ['import a, { b as c } from "node:tls";', 'const a = process.getBuiltinModule("node:tls"), { b: c } = a;'],
  ['var r = createRequire(import.meta.url);', 'var r = process.getBuiltinModule;'],
])('%s becomes a read of the built-in module', (line, written) => {
  expect(withoutImports(line)).toBe(written);
});

test.each([
  'import x from "package";',
  'export const a = 1;',
  'const here = import.meta.dirname;',
  'await import("node:fs");',
])('a bundle with %s is refused, as a script can have none', (line) => {
  expect(() => withoutImports(`const a = 1;\n${line}\n`)).toThrow('the bundle cannot run as a script');
});
