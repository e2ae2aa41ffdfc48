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
  it('believes nobody by default', () => {
    expect(new ForwardedHeaders([]).read('10.0.0.1', claimed)).toEqual({
      clientAddress: '10.0.0.1',
      proto: 'http',
      host: 'gw:8000',
    });
  });

  it('believes a configured proxy, and of its list only up to the first hop that is not one', () => {
    expect(new ForwardedHeaders(['10.0.0.0/8']).read('::ffff:10.0.0.1', claimed)).toEqual({
      clientAddress: '9.9.9.9',
      proto: 'https',
      host: 'mlflow.example',
    });
  });

  it('does not believe the same claims from elsewhere', () => {
    expect(new ForwardedHeaders(['10.0.0.0/8']).read('11.0.0.1', claimed).clientAddress).toBe('11.0.0.1');
  });

  it('looks at a bounded number of trusted hops, and at nothing left of the caller', () => {
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

  it.each(['a b', 'x/y', 'u@h', 'h:port', '<script>', 'h#'])('refuses the host %j', (host) => {
    expect(denialOf(() => new ForwardedHeaders([]).read('1.1.1.1', readHeaders(['Host', host]))).reason).toBe(
      'malformed_header',
    );
  });
});
