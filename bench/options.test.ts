import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

describe('parseOptions', () => {
  it('measures all parts by default', () => {
    expect(parseOptions([])).toEqual({
      parts: ['stub', 'mlflow', 'tags'],
      rounds: 5,
      seconds: 0.7,
      json: undefined,
      write: false,
    });
  });

  it('accepts every option', () => {
    const args = ['--only', 'mlflow', '--rounds=2', '--seconds', '0.25', '--json', 'out.json'];
    expect(parseOptions(args)).toEqual({
      parts: ['mlflow'],
      rounds: 2,
      seconds: 0.25,
      json: 'out.json',
      write: false,
    });
    expect(parseOptions(['--peers', '--write'])).toMatchObject({ parts: ['peers'], write: true });
    expect(parseOptions(['--memory'])).toMatchObject({ parts: ['memory'] });
    expect(parseOptions(['--against', '../older'])).toMatchObject({
      parts: ['against'],
      against: '../older',
    });
    expect(parseOptions(['--rounds', 'nonsense', '--help'])).toBe('help');
  });

  it.each([
    [['--only', 'nginx']],
    [['--only', 'stub', '--memory']],
    [['--against', '../older', '--only', 'tags']],
    [['--against', '../older', '--memory']],
    [['--peers', '--only', 'stub']],
    [['--peers', '--memory']],
    [['--write']],
    [['--rounds', '0']],
    [['--rounds', '1.5']],
    [['--rounds', 'many']],
    [['--seconds', '0']],
    [['--seconds', '601']],
    [['--seconds', 'NaN']],
    [['--fast']],
    [['stub']],
  ])('refuses %j', (args) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
  });
});
