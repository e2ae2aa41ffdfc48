import { describe, expect, it } from 'vitest';
import { denialOf } from '../../http/testing.ts';
import { linkToTeams, linkToTeamsFrom, readReturnLink } from './return-path.ts';

const at = (link: string, base: string): string => new URL(link, `https://ml.example${base}`).href;

describe('linkToTeams', () => {
  it.each([
    ['/', 'https://ml.example/gateway/team'],
    ['/gateway/team', 'https://ml.example/gateway/team'],
    ['/a/b/c', 'https://ml.example/gateway/team'],
  ])('leads from %s to the page', (path, url) => {
    expect(at(linkToTeams(path), path)).toBe(url);
    expect(at(linkToTeams(path), `/mlflow${path}`)).toBe(url.replace('/gateway', '/mlflow/gateway'));
  });
});

describe('the way back', () => {
  it.each([
    { path: '/', query: '' },
    { path: '/get-artifact', query: 'path=a%20b&run_uuid=x&to=/y' },
    { path: '/a/b', query: 'q="%25"' },
  ])('leads back to %o', ({ path, query }) => {
    const url = new URL(at(linkToTeamsFrom({ path, query }), path));
    const here = query === '' ? path : `${path}?${query}`;
    expect(at(readReturnLink(url.search.slice(1)), '/gateway/team')).toBe(at(here, '/'));
  });

  it('leads to the start page from an address that is too long', () => {
    const link = linkToTeamsFrom({ path: '/a', query: 'x'.repeat(2_048) });
    expect(link).toBe('gateway/team');
  });

  it.each([
    'to=https://evil.example',
    'to=//evil.example',
    'to=/\\evil.example',
    'to=/%5Cevil.example',
    'to=%2F%2Fevil.example',
    'to=/%09/evil.example',
    'to=/a%0d%0aset-cookie:x=y',
    'to=/%C3%A9',
    'to=/a%23b',
    'to=',
    'to=javascript:alert(1)',
    'to=/a&to=/b',
    'to=/a&x=1',
    'x=1',
    'to=%',
    `to=/${'a'.repeat(2_048)}`,
  ])('is refused: %s', (query) => {
    expect(denialOf(() => readReturnLink(query)).reason).toBe('malformed_query');
  });

  it.each(['to=/../..//evil.example', 'to=/.//evil.example', 'to=/:80', 'to=/@evil.example', 'to=/..'])(
    'stays on this host: %s',
    (query) => {
      expect(new URL(at(readReturnLink(query), '/gateway/team')).host).toBe('ml.example');
    },
  );
});
