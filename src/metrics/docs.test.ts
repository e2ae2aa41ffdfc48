import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Metrics } from './metrics.ts';
import { readSamples } from './testing.ts';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

test('docs/metrics.md has every metric with its type and labels, and no other', async () => {
  const metrics = new Metrics();
  const times = { status: 200, decisionMs: 1, totalMs: 1 };
  metrics.requests.note({ operation: undefined, decision: 'allow', reason: 'forwarded', ...times });
  const { text } = await metrics.render();
  const samples = readSamples(text);
  const types = [...text.matchAll(/^# TYPE (mlflow_gateway_\w+) (\w+)$/gm)];
  const actual = types.map(([, name = '', type = '']) => {
    const own = samples.find((sample) => sample.name.replace(/_(bucket|sum|count)$/, '') === name);
    const labels = Object.keys(own?.labels ?? {}).filter((label) => label !== 'le');
    return `${name} ${type} ${labels.sort().join()}`;
  });
  const rows = [...page.matchAll(/^\| `(mlflow_gateway_\w+)` \| (\w+) \|([^|]*)\|/gm)];
  const written = rows.map(([, name, type, labels = '']) => {
    const named = [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label);
    return `${name} ${type} ${named.sort().join()}`;
  });
  expect(written.sort()).toEqual(actual.sort());
});

test('every metric of Node and the process in docs/metrics.md exists', async () => {
  const { text } = await new Metrics().render();
  const others = [...page.matchAll(/`((?:process|nodejs)_\w+)`/g)].map(([, name]) => name);
  expect(others.length).toBeGreaterThan(3);
  for (const name of others) expect(text).toContain(`# TYPE ${name} `);
});
