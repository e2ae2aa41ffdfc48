import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { MAX_TARGET_LENGTH, parseTarget } from './target.ts';
import { denialOf } from './testing.ts';

describe('parseTarget', () => {
  it('splits path and query without changing either', () => {
    expect(parseTarget('/api/2.0/mlflow/runs/get?run_id=a%20b&x=1?2')).toEqual({
      path: '/api/2.0/mlflow/runs/get',
      query: 'run_id=a%20b&x=1?2',
    });
  });

  it.each([
    ['an absolute form', 'http://other/api'],
    ['an authority', 'other:443'],
    ['an asterisk', '*'],
    ['an empty segment', '/api//2.0'],
    ['a leading empty segment', '//api'],
    ['dot segments', '/api/../x'],
    ['encoded dot segments', '/api/%2e%2E/x'],
    ['a half-encoded dot segment', '/api/.%2e/x'],
    ['a fragment', '/api#x'],
    ['a backslash', '/api\\x'],
    ['a space', '/api x'],
    ['raw UTF-8', '/api/ü'],
    ['a broken escape', '/api/%zz'],
    ['a truncated escape', '/api/%2'],
    ['too many segments', '/a'.repeat(LIMITS.pathSegments.value + 1)],
    ['too many long segments', '/abc'.repeat(LIMITS.pathSegments.value + 1)],
    ['a target too long', `/${'a'.repeat(MAX_TARGET_LENGTH)}`],
  ])('refuses %s', (_, raw) => {
    expect(denialOf(() => parseTarget(raw)).reason).toBe('malformed_path');
  });

  it('accepts the allowed number of segments', () => {
    const path = '/a'.repeat(LIMITS.pathSegments.value);
    expect(parseTarget(path)).toEqual({ path, query: '' });
  });

  it('refuses a fragment in the query', () => {
    expect(denialOf(() => parseTarget('/api?x=1#y')).reason).toBe('malformed_query');
  });

  it('refuses a target, or returns it unchanged', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', 'a', '?', '#', '\\', ';', ' ', 'é'),
        }),
        (raw) => {
          let target: ReturnType<typeof parseTarget>;
          try {
            target = parseTarget(raw);
          } catch {
            return;
          }
          expect(raw).toBe(raw.includes('?') ? `${target.path}?${target.query}` : target.path);
          // The WHATWG parser normalises; a path we accept must be one it leaves alone.
          expect(new URL(target.path, 'http://h').pathname).toBe(target.path);
        },
      ),
      { numRuns: 5000 },
    );
  });
});
