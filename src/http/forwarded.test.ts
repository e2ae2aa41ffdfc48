import { describe, expect, it } from 'vitest';
import { LIMITS } from '../limits.ts';
import { ForwardedHeaders } from './forwarded.ts';
import { readHeaders } from './headers.ts';
import { denialOf } from './testing.ts';

const claimed = readHeaders([
  'Host',
  'gw:8000',
  'X-Forwarded-For',
  '127.0.0.1, 9.9.9.9, 10.0.0.7',
  'X-Forwarded-Proto',
  'https',
  'X-Forwarded-Host',
  'mlflow.example',
]);

describe('ForwardedHeaders', () => {
  it('trusts no proxy by default', () => {
    expect(new ForwardedHeaders([]).read('10.0.0.1', claimed)).toEqual({
      clientAddress: '10.0.0.1',
      proto: 'http',
      host: 'gw:8000',
    });
  });

  it('trusts a configured proxy, and its list up to the first hop that is not one', () => {
    expect(new ForwardedHeaders(['10.0.0.0/8']).read('::ffff:10.0.0.1', claimed)).toEqual({
      clientAddress: '9.9.9.9',
      proto: 'https',
      host: 'mlflow.example',
    });
  });

  it('ignores the same fields from another address', () => {
    expect(new ForwardedHeaders(['10.0.0.0/8']).read('11.0.0.1', claimed).clientAddress).toBe('11.0.0.1');
  });

  it('reads a bounded number of trusted hops, and nothing left of the caller', () => {
    const trusting = new ForwardedHeaders(['10.0.0.0/8']);
    const from = (list: string) =>
      trusting.read('10.0.0.1', readHeaders(['Host', 'g', 'X-Forwarded-For', list])).clientAddress;
    const hops = (count: number): string => ', 10.0.0.2'.repeat(count);
    expect(from(`${'10.0.0.3, '.repeat(3_000)}9.9.9.9${hops(LIMITS.forwardedHops.value - 1)}`)).toBe(
      '9.9.9.9',
    );
    expect(denialOf(() => from(`9.9.9.9${hops(LIMITS.forwardedHops.value)}`)).reason).toBe(
      'malformed_header',
    );
    expect(from('')).toBe('10.0.0.1');
    expect(from(',9.9.9.9')).toBe('9.9.9.9');
    expect(from('9.9.9.9,')).toBe('10.0.0.1');
  });

  const behind = (...raw: string[]) =>
    new ForwardedHeaders(['10.0.0.0/8']).read('10.0.0.1', readHeaders(['Host', 'g', ...raw]));

  it.each([
    ['203.0.113.7:51008', '203.0.113.7'],
    ['[2001:db8::1]:443, 10.0.0.3:80', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['9.9.9.9, x:1', '10.0.0.1'],
  ])('reads X-Forwarded-For: %s', (list, address) => {
    expect(behind('X-Forwarded-For', list).clientAddress).toBe(address);
  });

  it.each([
    ['203.0.113.7, 10.0.0.5', 'ml.example.com, inner.local', 'ml.example.com'],
    ['203.0.113.7, 10.0.0.5', 'evil.example, ml.example.com, inner.local', 'ml.example.com'],
    ['6.6.6.6, 203.0.113.7', 'evil.example, ml.example.com', 'ml.example.com'],
    ['203.0.113.7, 10.0.0.5', 'ml.example.com', 'ml.example.com'],
    ['203.0.113.7, 10.0.0.5', '[2001:db8::1]:8443, inner.local', '[2001:db8::1]:8443'],
  ])('from X-Forwarded-For: %s and X-Forwarded-Host: %s selects %s', (addresses, hosts, host) => {
    expect(behind('X-Forwarded-For', addresses, 'X-Forwarded-Host', hosts).host).toBe(host);
  });

  it('reads Forwarded; next to X-Forwarded-* it must agree, and adds nothing', () => {
    const field =
      'for=6.6.6.6;host=evil, For="[2001:db8::1]:51008";Proto=https;host="ml.example:8443";by=_x, for=10.0.0.3';
    const reported = { clientAddress: '2001:db8::1', proto: 'https', host: 'ml.example:8443' };
    expect(behind('Forwarded', field)).toEqual(reported);
    expect(
      behind('Forwarded', field, 'X-Forwarded-For', '2001:db8::1, 10.0.0.3', 'X-Forwarded-Proto', 'https'),
    ).toEqual({ ...reported, host: 'g' });
    expect(
      new ForwardedHeaders([]).read('10.0.0.1', readHeaders(['Host', 'g', 'Forwarded', '??'])).host,
    ).toBe('g');
    expect(behind('Forwarded', 'for=unknown;proto=https')).toMatchObject({ clientAddress: '10.0.0.1' });
  });

  it.each([
    [['Forwarded', 'for=9.9.9.9', 'X-Forwarded-For', '8.8.8.8']],
    [['Forwarded', 'for=9.9.9.9;host=a', 'X-Forwarded-Host', 'b']],
    [['Forwarded', 'for=9.9.9.9;proto=http', 'X-Forwarded-Proto', 'https']],
    [['Forwarded', 'for=9.9.9.9;for=8.8.8.8']],
    [['Forwarded', 'for="9.9.9.9']],
    [['Forwarded', 'for=9.9.9.9,']],
    [['Forwarded', 'for = 9.9.9.9']],
    [['Forwarded', 'for=[::1]']],
    [['Forwarded', '']],
    [['Forwarded', 'for=9.9.9.9;host="a b"']],
  ])('refuses %j', (raw) => {
    expect(denialOf(() => behind(...raw)).reason).toBe('malformed_header');
  });

  it.each(['a b', 'x/y', 'u@h', 'h:port', '<script>', 'h#'])('refuses the host %j', (host) => {
    expect(denialOf(() => new ForwardedHeaders([]).read('1.1.1.1', readHeaders(['Host', host]))).reason).toBe(
      'malformed_header',
    );
  });
});
