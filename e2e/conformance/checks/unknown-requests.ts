import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import { literally } from '../../harness/escape-pattern.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { type Answer, sendRaw } from '../../harness/wire-caller.ts';
import type { Bench } from '../suite-context.ts';

const PATHS = [...new Set(OPERATIONS.flatMap(({ paths }) => paths))];
const FIXED = PATHS.filter((path) => !path.includes('{'));
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'PROPFIND'];

/** What is nearly an operation: other spellings of every fixed path, other methods of it. */
export function unknownRequests(bench: Bench): void {
  describe('what the catalog does not have', () => {
    test('other spellings of every path are unknown', async () => {
      const wrong: string[] = [];
      await inParallel(otherSpellings(), async (path) => {
        const answer = await get(bench, path);
        bench.tally.add('unknown paths refused');
        if (answer.status !== 404 || answer.reason !== 'unknown_operation') wrong.push(`${path}: ${answer}`);
      });
      expect(wrong).toEqual([]);
    });

    test('a parameter after every path is unknown, or a value that nobody has', async () => {
      const wrong: string[] = [];
      await inParallel(FIXED, async (fixed) => {
        const path = `${fixed};x`;
        const answer = await get(bench, path);
        const asValue = TEMPLATES.some(({ pattern }) => pattern.test(path));
        const refused = asValue
          ? answer.status >= 400 && answer.status < 500
          : answer.status === 404 && answer.reason === 'unknown_operation';
        if (!refused) wrong.push(`${path}: ${answer}`);
        bench.tally.add(asValue ? 'fixed paths read as values, and not found' : 'unknown paths refused');
      });
      expect(wrong).toEqual([]);
    });

    test('other methods of every path are refused', async () => {
      const pairs = FIXED.flatMap((path) => METHODS.map((method) => ({ method, path })));
      const wrong: string[] = [];
      await inParallel(
        pairs.filter(({ method, path }) => !isOperation(method, path)),
        async ({ method, path }) => {
          const answer = await bench.world.as['platform-admin']({
            method,
            path,
            headers: {},
            body: undefined,
          });
          bench.tally.add('other methods refused');
          const bodiless = method === 'HEAD' && answer.text === '';
          if (![400, 404, 405].includes(answer.status) || (!bodiless && answer.reason === undefined))
            wrong.push(`${method} ${path}: ${answer}`);
        },
      );
      expect(wrong).toEqual([]);
    });

    test('methods in lower case, which MLflow would serve, are not HTTP here', async () => {
      const { address } = bench.world.stack.gateway;
      const wrong: string[] = [];
      await inParallel(OPERATIONS, async ({ method, paths }) => {
        for (const path of paths) {
          const lower = method.toLowerCase();
          const head = `${lower} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`;
          const answer = await sendRaw(address, head);
          bench.tally.add('other methods refused');
          if (!answer.startsWith('HTTP/1.1 400 ') || !answer.includes('"malformed_request"'))
            wrong.push(`${lower} ${path}: ${answer}`);
        }
      });
      expect(wrong).toEqual([]);
    });
  });
}

/** `DELETE .../datasets/create` is about a data set called `create`, to MLflow as to the gateway. */
function isOperation(method: string, path: string): boolean {
  return (
    OPERATIONS.some((operation) => operation.method === method && operation.paths.includes(path)) ||
    TEMPLATES.some((template) => template.method === method && template.pattern.test(path))
  );
}

function get(bench: Bench, path: string): Promise<Answer> {
  return bench.world.as['platform-admin']({ method: 'GET', path, headers: {}, body: undefined });
}

function otherSpellings(): readonly string[] {
  const spellings = FIXED.filter((path) => path.length > 3).flatMap((path) => [
    path.toUpperCase(),
    path.endsWith('/') ? path.slice(0, -1) : `${path}/`,
    path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    path
      .replace('/2.0/', '/2.1/')
      .replace('/3.0/', '/4.0/')
      .replace(/^\/(\w)/, '/x$1'),
  ]);
  return [...new Set(spellings)].filter((path) => !FIXED.includes(path));
}

/** Paths with parameters, as patterns: what stands where they have one is a value. */
const TEMPLATES = OPERATIONS.flatMap((operation) => {
  const rest = new Set(operation.path.filter((parameter) => parameter.rest).map(({ name }) => name));
  return operation.paths
    .filter((path) => path.includes('{'))
    .map((path) => {
      const source = path
        .split(/(\{\w+\})/)
        .map((piece, i) => (i % 2 === 0 ? literally(piece) : rest.has(piece.slice(1, -1)) ? '.+' : '[^/]+'));
      return { method: operation.method, pattern: new RegExp(`^${source.join('')}$`) };
    });
});
