import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { documentedCommands } from './documented.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/verify.md'), 'utf8');
const options = {
  version: '1.2.3',
  registry: '127.0.0.1:5001',
  publicKey: '/keys/cosign.pub',
  helm: '/bin/helm',
  helmOptions: ['--plain-http'],
};

test('a dry run verifies by every command of the page, except those that ask GitHub and npm', () => {
  const script = documentedCommands(page, options);
  const lines = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) => block!.trim().split('\n'));
  const commands = lines.filter((line) => /^[a-z]/.test(line));
  expect(commands.length).toBeGreaterThan(8);
  expect(commands.filter((line) => !script.includes(line)).map((line) => line.split(' ')[0])).toEqual([
    'gh',
    'gh',
    'gh',
    'npm',
  ]);
});

test('the commands get the image, the chart and the key of the dry run', () => {
  const script = documentedCommands(page, options);
  const shown = `${script.slice(0, script.indexOf('cosign verify'))}
    helm() { printf '%s\\n' "$@"; }
    printf '%s\\n' "$VERSION" "$IMAGE" "$CHART" "\${SIGNED_BY[@]}"`;
  expect(execFileSync('bash', ['-euc', shown], { encoding: 'utf8' }).trim().split('\n')).toEqual([
    '1.2.3',
    '127.0.0.1:5001/mlflow-gateway',
    '127.0.0.1:5001/charts/mlflow-gateway',
    '--key',
    '/keys/cosign.pub',
    '--insecure-ignore-tlog=true',
  ]);
});

test('a page with other variables, or without commands, is refused', () => {
  expect(() => documentedCommands(page.replace('\nIMAGE=', '\nPICTURE='), options)).toThrow('PICTURE');
  expect(() => documentedCommands('# Page\n\n## Section\n', options)).toThrow('one block of variables');
  const [settings] = page.split(/^## /m);
  expect(() => documentedCommands(`${settings}## Section\n`, options)).toThrow('no commands');
});
