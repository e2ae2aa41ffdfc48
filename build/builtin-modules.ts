const IMPORT = /^import (.+) from "(node:[^"]+)";$/gm;
const NAMESPACE = /^\* as ([\w$]+)$/;
const NAMED = /^(?:([\w$]+)(?:, )?)?(?:\{ ([^}]+) \})?$/;

/**
 * Replaces the imports of built-in modules at the top of a bundle by `process.getBuiltinModule`.
 *
 * An `import` of a built-in module reads each of its exports once. For `node:http` that includes `WebSocket`, whose getter loads a whole
 * HTTP client that the gateway does not use: a third of the time until the gateway is ready.
 *
 * @param code a chunk, with one import a line as the bundler writes it; the number of its lines stays the same
 * @throws Error if an import remains
 * @example
 * withoutImports('import http, { request as request$1 } from "node:http";');
 * // 'const http = process.getBuiltinModule("node:http"), { request: request$1 } = http;'
 */
export function withoutImports(code: string): string {
  const written = code
    .replace(IMPORT, (_line, what: string, name: string) => declaration(what, name))
    .replace('createRequire(import.meta.url)', 'process.getBuiltinModule')
    .replace(/^export \{\s*\};$/m, '');
  const left = /^(?:import|export) .*|\bimport\.meta\b.*|\bimport\(.*/m.exec(
    written.replace(/^\s*(?:\/\/|\/?\*).*$/gm, ''),
  );
  if (left !== null) throw new Error(`the bundle cannot run as a script: ${left[0].slice(0, 100)}`);
  return written;
}

function declaration(what: string, name: string): string {
  const builtin = `process.getBuiltinModule(${JSON.stringify(name)})`;
  const whole = NAMESPACE.exec(what)?.[1];
  if (whole !== undefined) return `const ${whole} = ${builtin};`;
  const [, main, names] = NAMED.exec(what) ?? [];
  if (main === undefined && names === undefined) throw new Error(`not understood: import ${what}`);
  const destructured = names === undefined ? [] : [`{ ${names.replaceAll(' as ', ': ')} }`];
  if (main === undefined) return `const ${destructured} = ${builtin};`;
  return `const ${[`${main} = ${builtin}`, ...destructured.map((one) => `${one} = ${main}`)].join(', ')};`;
}
