import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import { inParallel } from '../../harness/in-parallel.ts';
import { type Answer, sendRaw } from '../../harness/wire-caller.ts';
import type { SuiteContext } from '../suite-context.ts';

const PATHS = [...new Set(OPERATIONS.flatMap(({ paths }) => paths))];
const FIXED = PATHS.filter((path) => !path.includes('{'));
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE', 'PROPFIND'];

/** Requests close to operations: other spellings of every fixed path, other methods. */
export function unknownRequests(context: SuiteContext): void {
  describe('requests outside the catalog', () => {
    test('refuses other spellings of every path', async () => {
      const wrong: string[] = [];
      await inParallel(otherSpellings(), async (path) => {
        const answer = await get(context, path);
        context.tally.add('unknown paths refused');
        if (answer.status !== 404 || answer.reason !== 'unknown_operation') wrong.push(`${path}: ${answer}`);
      });
      expect(wrong).toEqual([]);
    });

    test('refuses a path parameter after every path, or finds no resource', async () => {
      const wrong: string[] = [];
      await inParallel(FIXED, async (fixed) => {
        const path = `${fixed};x`;
        const answer = await get(context, path);
        const asValue = TEMPLATES.some(({ pattern }) => pattern.test(path));
        const refused = asValue
          ? answer.status >= 400 && answer.status < 500
          : answer.status === 404 && answer.reason === 'unknown_operation';
        if (!refused) wrong.push(`${path}: ${answer}`);
        context.tally.add(asValue ? 'fixed paths read as values, and not found' : 'unknown paths refused');
      });
      expect(wrong).toEqual([]);
    });

    test('refuses other methods of every path', async () => {
      const pairs = FIXED.flatMap((path) => METHODS.map((method) => ({ method, path })));
      const wrong: string[] = [];
      await inParallel(
        pairs.filter(({ method, path }) => !isOperation(method, path)),
        async ({ method, path }) => {
          const answer = await context.world.as['platform-admin']({
            method,
            path,
            headers: {},
            body: undefined,
          });
          context.tally.add('other methods refused');
          const bodiless = method === 'HEAD' && answer.text === '';
          if (![400, 404, 405].includes(answer.status) || (!bodiless && answer.reason === undefined))
            wrong.push(`${method} ${path}: ${answer}`);
        },
      );
      expect(wrong).toEqual([]);
    });

    test('refuses methods in lower case, which MLflow would serve', async () => {
      const { address } = context.world.stack.gateway;
      const wrong: string[] = [];
      await inParallel(OPERATIONS, async ({ method, paths }) => {
        for (const path of paths) {
          const lower = method.toLowerCase();
          const head = `${lower} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`;
          const answer = await sendRaw(address, head);
          context.tally.add('other methods refused');
          if (!answer.startsWith('HTTP/1.1 400 ') || !answer.includes('"malformed_request"'))
            wrong.push(`${lower} ${path}: ${answer}`);
        }
      });
      expect(wrong).toEqual([]);
    });
  });
}

/** `DELETE .../datasets/create` deletes a dataset named `create`, for MLflow and the gateway. */
function isOperation(method: string, path: string): boolean {
  return (
    OPERATIONS.some((operation) => operation.method === method && operation.paths.includes(path)) ||
    TEMPLATES.some((template) => template.method === method && template.pattern.test(path))
  );
}

function get(context: SuiteContext, path: string): Promise<Answer> {
  return context.world.as['platform-admin']({ method: 'GET', path, headers: {}, body: undefined });
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

/** Patterns of the paths with parameters. */
const TEMPLATES = OPERATIONS.flatMap((operation) => {
  const rest = new Set(operation.path.filter((parameter) => parameter.rest).map(({ name }) => name));
  return operation.paths
    .filter((path) => path.includes('{'))
    .map((path) => {
      const source = path
        .split(/(\{\w+\})/)
        .map((piece, i) =>
          i % 2 === 0 ? RegExp.escape(piece) : rest.has(piece.slice(1, -1)) ? '.+' : '[^/]+',
        );
      return { method: operation.method, pattern: new RegExp(`^${source.join('')}$`) };
    });
});
