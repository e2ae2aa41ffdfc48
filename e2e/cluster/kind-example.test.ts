/**
 * `examples/kind` as its README describes it, on the cluster of the other tests: its script prints every step and passes its own checks,
 * and requests that it did not send are decided as it says. `npm run e2e:kind-example` also makes and deletes the cluster.
 */
import { afterAll, expect, test } from 'vitest';
import { expectAuditLines, expectClosedByLabel } from '../kind-example/support/output.ts';
import { asAccount } from './support/caller.ts';
import { type KindExample, startKindExample } from './support/kind-example.ts';
import { heading, note } from './support/report.ts';

let example: KindExample | undefined;

afterAll(async () => example?.stop());

test('examples/kind keeps two teams apart on an MLflow of community-charts', async ({ skip }) => {
  heading('The example on kind');
  const started = await startKindExample();
  if ('missing' in started) {
    note(`Not run: ${started.missing}.`);
    return skip(started.missing);
  }
  example = started;
  const { output, url } = started;
  const passed = /^(\d\d) checks passed, 0 failed, in (\d+) s\./m.exec(output);
  expect(passed).not.toBeNull();
  expect(output).not.toContain('FAILED');
  note(`${passed![1]} checks of examples/kind pass, in ${passed![2]} s.`);

  expectClosedByLabel(output);
  expectAuditLines(output);

  const ask = async (path: string, body: object, who?: readonly [namespace: string, account: string]) => {
    const headers = {
      'content-type': 'application/json',
      ...(who === undefined ? {} : await asAccount(...who)),
    };
    const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    return `${response.status} ${await response.text()}`;
  };
  const [ada, bob, mallory] = [
    ['team-a', 'ada'],
    ['team-b', 'bob'],
    ['elsewhere', 'mallory'],
  ] as const;
  const all = { max_results: 100 };
  expect(await ask('experiments/create', { name: 'a secret of team-a' }, ada)).toMatch(/^200 /);
  expect(await ask('experiments/search', all, ada)).toMatch(/^200 .*a secret of team-a/s);
  expect(await ask('experiments/search', all, bob)).toMatch(/^200 (?!.*secret)/s);
  expect(await ask('experiments/search', all, mallory)).toMatch(/^401 .*tenant_claim_missing/s);
  expect(await ask('experiments/search', all)).toMatch(/^401 .*token_missing/s);
});
