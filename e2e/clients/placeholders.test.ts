import { expect, test } from 'vitest';
import { Placeholders } from './placeholders.ts';

const HEX = 'd9c0a32243974b13ab12f89087ef3795';
const OTHER = '7890983fec014b578e85492355f24cd1';

test('numbers ids by kind, in the order of their occurrence', () => {
  const placeholders = new Placeholders('http://127.0.0.1:5000');
  expect(
    placeholders.of({
      run: { run_id: HEX, uri: `mlflow-artifacts:/workspaces/team-a/12/${HEX}/artifacts` },
      others: [OTHER, `tr-${HEX}`, `m-${OTHER}`],
      experiment_id: '12',
      quoted: `http://127.0.0.1:5000/x?path=12%2F${OTHER}%2Fartifacts`,
    }),
  ).toEqual({
    run: { run_id: '<32 1>', uri: 'mlflow-artifacts:/workspaces/team-a/<experiment 1>/<32 1>/artifacts' },
    others: ['<32 2>', '<tr 1>', '<m 1>'],
    experiment_id: '<experiment 1>',
    quoted: '<server>/x?path=<experiment 1>%2F<32 2>%2Fartifacts',
  });
});

test('a response with another run differs', () => {
  const of = (second: string): unknown => {
    const placeholders = new Placeholders('http://127.0.0.1:5000');
    placeholders.of([HEX, OTHER]);
    return placeholders.of(second);
  };
  expect(of(HEX)).not.toEqual(of(OTHER));
});

test.each([
  ['a time of now, in milliseconds', 1_795_537_583_043, '<time>'],
  ['a time that the day gives', 1_700_000_000_000, 1_700_000_000_000],
  ['a time in a text', 'at 2026-11-24T16:30:00.123Z', 'at <time>'],
  ['nanoseconds', 'int 1795537583043000000', '<time>'],
  [
    'nanoseconds as a number',
    { end_time_unix_nano: 1_795_537_583_043_000_000 },
    { end_time_unix_nano: '<time>' },
  ],
  ['a time that Kedro writes', '2026-11-27T09.34.23.290Z', '<time>'],
  ['a hash as a number', -3_755_486_067_301_387_000, '<number 1>'],
  ['digits of a number in a text', '[0.1234567890123456]', '[0.1234567890123456]'],
  ['the id in the name of an image', 'dog%25te6ef27c-64ff-454f-b8a0-a440b18237b6.png', 'dog%25<36 1>.png'],
  ['an experiment that a path begins with', `12/${HEX}/artifacts`, '<experiment 1>/<32 1>/artifacts'],
  ['a number', 500, 500],
  ['a share', 0.25, 0.25],
  ['"Default"', 'mlflow-artifacts:/0', 'mlflow-artifacts:/0'],
  ['an experiment in words', 'in experiment with id 3', 'in experiment with id <experiment 1>'],
  ['a digest of another length', 'e0cc5b4a', 'e0cc5b4a'],
])('%s', (_, value, shown) => {
  expect(new Placeholders('http://127.0.0.1:5000').of(value)).toEqual(shown);
});

test('replaces durations and generated names by their keys', () => {
  expect(
    new Placeholders('http://127.0.0.1:5000').of({
      execution_duration: 17,
      run_name: 'rebellious-hen-8',
      text: 'rebellious-hen-8',
    }),
  ).toEqual({ execution_duration: '<duration>', run_name: '<name 1>', text: 'rebellious-hen-8' });
});

test('replaces a generated name in a list of tags too', () => {
  expect(
    new Placeholders('http://127.0.0.1:5000').of([{ key: 'mlflow.runName', value: 'rebellious-hen-8' }]),
  ).toEqual([{ key: 'mlflow.runName', value: '<name 1>' }]);
});
