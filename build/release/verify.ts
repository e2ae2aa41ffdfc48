import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAYOUT } from './artefacts.ts';
import { command } from './command.ts';
import { documentedCommands } from './documented.ts';
import type { DryRunResult } from './dry-run-result.ts';
import { readLayout } from './oci-layout.ts';
import { plainHttp } from './publish.ts';

/**
 * Verifies what a dry run has published: by the commands of docs/verify.md, with the key in place of the workflow's identity, and then what
 * that page leaves to GitHub.
 *
 * @throws Error at the first command that fails, or if cosign accepts what it must refuse
 * @example
 * verifyEverything(checkout, result);
 */
export function verifyEverything(checkout: string, result: DryRunResult): void {
  const { out, version, registry, published, publicKey } = result;
  const script = documentedCommands(readFileSync(join(checkout, 'docs/verify.md'), 'utf8'), {
    version,
    registry,
    publicKey,
    helm: process.env.HELM ?? 'helm',
    helmOptions: plainHttp(registry),
  });
  console.error(
    command('bash', ['-euo', 'pipefail', '-xc', script], {
      cwd: out,
      silent: true,
      env: { PS4: '$ ' },
    }).trimEnd(),
  );

  const key = ['--key', publicKey, '--insecure-ignore-tlog=true'];
  const { platforms } = readLayout(join(out, LAYOUT));
  for (const { digest } of platforms)
    command('cosign', [
      'verify-attestation',
      ...key,
      '--type',
      'cyclonedx',
      `${registry}/mlflow-gateway@${digest}`,
    ]);
  const provenance = command('cosign', [
    'verify-attestation',
    ...key,
    '--type',
    'slsaprovenance1',
    published.image,
  ]);
  if (!statementsIn(provenance).some((statement) => statement.includes(result.commit)))
    throw new Error('the provenance does not name the commit');
  expectRefused('nothing with that digest is signed there', [
    ...['verify', ...key, `${published.chart.split('@')[0]}@${platforms[0]?.digest}`],
  ]);
  command('cosign', ['generate-key-pair', '--output-key-prefix', join(result.dir, 'other')]);
  expectRefused('another key has signed it', [
    ...['verify', '--key', join(result.dir, 'other.pub'), '--insecure-ignore-tlog=true', published.image],
  ]);
}

/** The statements in the envelopes that cosign prints, one a line. https://github.com/secure-systems-lab/dsse */
function statementsIn(output: string): readonly string[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => Buffer.from((JSON.parse(line) as { payload: string }).payload, 'base64').toString('utf8'));
}

/** A verification that cannot fail proves nothing. */
function expectRefused(why: string, args: readonly string[]): void {
  try {
    command('cosign', args);
  } catch {
    console.error(`refused, as it must be: ${why}`);
    return;
  }
  throw new Error(`cosign accepted it, although ${why}`);
}
