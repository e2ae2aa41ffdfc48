import { describe, expect, it } from 'vitest';
import { PathPrefix } from './path-prefix.ts';
import { parseTarget } from './target.ts';
import { denialOf } from './testing.ts';

const prefix = new PathPrefix('/ml/flow');

describe('PathPrefix', () => {
  it.each([
    ['/ml/flow/', '/'],
    ['/ml/flow/version', '/version'],
    // Only the first of two prefixes is removed.
    ['/ml/flow/ml/flow/version', '/ml/flow/version'],
    ['/ml/flow/ml%2Fflow', '/ml%2Fflow'],
  ])('%s is %s below it', (path, below) => {
    expect(prefix.place('GET', parseTarget(`${path}?a=b`)).target).toEqual({ path: below, query: 'a=b' });
  });

  it.each([
    '/',
    '/version',
    '/ml',
    '/ml/',
    '/ml/flowers',
    '/ml/flow-',
    '/ML/flow/version',
    '/ml/Flow/version',
    '/ml%2Fflow/version',
    '/%6Dl/flow/version',
    '/ml/flow;x/version',
    '/ml/flow%2Fversion',
    '/x/ml/flow/version',
  ])('%s is not below it', (path) => {
    const denial = denialOf(() => prefix.place('GET', parseTarget(path)));
    expect(denial).toMatchObject({ reason: 'unknown_operation' });
    expect(denial.message).toContain('/ml/flow/');
  });

  it('redirects a browser that omits the last slash, and nothing else', () => {
    expect(prefix.place('GET', parseTarget('/ml/flow'))).toEqual({ redirect: '/ml/flow/' });
    expect(prefix.place('GET', parseTarget('/ml/flow?a=b'))).toEqual({ redirect: '/ml/flow/?a=b' });
    for (const method of ['POST', 'HEAD', 'OPTIONS', undefined])
      expect(denialOf(() => prefix.place(method, parseTarget('/ml/flow'))).reason).toBe('unknown_operation');
  });

  it('accepts every path if no prefix is set', () => {
    const target = parseTarget('/version?x');
    expect(new PathPrefix().place('GET', target)).toEqual({ target });
  });
});
