import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKSUMS, imageBill, LAYOUT } from './artefacts.ts';
import { command } from './command.ts';
import { readLayout } from './oci-layout.ts';
import { provenance } from './provenance.ts';

/** How things are signed: by the identity of the workflow, or by a key without a transparency log. */
export type Signing = { readonly keyless: true } | { readonly key: string };

export interface PublishOptions {
  readonly out: string;
  readonly version: string;
  readonly commit: string;
  readonly registry: string;
  readonly signing: Signing;
}

/** The artifacts in the registry, by digest. */
export interface Published {
  readonly image: string;
  readonly chart: string;
}

/**
 * Pushes image and chart to the registry and signs both by digest, attaches the bills of materials to the platforms of the image, and signs
 * the checksums. npm and PyPI have commands of their own.
 *
 * @example
 * publish({ out: 'dist/release', version: '0.1.0', commit, registry: 'ghcr.io/mlflow-gateway', signing: { keyless: true } });
 */
export function publish({ out, version, commit, registry, signing }: PublishOptions): Published {
  const layout = join(out, LAYOUT);
  const { digest, platforms } = readLayout(layout);
  const repository = `${registry}/mlflow-gateway`;
  command('crane', ['push', layout, `${repository}:${version}`]);
  const charts = `${registry}/charts`;
  command(process.env.HELM ?? 'helm', [
    'push',
    join(out, `mlflow-gateway-${version}.tgz`),
    `oci://${charts}`,
    ...plainHttp(registry),
  ]);
  const chart = `${charts}/mlflow-gateway@${command('crane', ['digest', `${charts}/mlflow-gateway:${version}`]).trim()}`;
  const image = `${repository}@${digest}`;

  withSigning(signing, (how) => {
    for (const subject of [image, chart]) command('cosign', ['sign', ...how, subject]);
    for (const platform of platforms)
      attest(
        how,
        'cyclonedx',
        join(out, imageBill(version, platform.architecture)),
        `${repository}@${platform.digest}`,
      );
    // In the workflow GitHub attests the provenance, of a build that this process cannot change.
    if (!('keyless' in signing)) {
      const statement = join(out, 'provenance.json');
      writeFileSync(statement, provenance({ version, commit, at: new Date() }));
      attest(how, 'slsaprovenance1', statement, image);
    }
    const bundle = join(out, `${CHECKSUMS}.sigstore.json`);
    command('cosign', ['sign-blob', ...how, '--bundle', bundle, join(out, CHECKSUMS)]);
  });
  return { image, chart };
}

function attest(how: readonly string[], type: string, predicate: string, subject: string): void {
  command('cosign', ['attest', ...how, '--type', type, '--predicate', predicate, subject]);
}

/** Helm needs to be told that a registry has no TLS. Only one on loopback may have none. */
export function plainHttp(registry: string): readonly string[] {
  return /^(127\.0\.0\.1|localhost):/.test(registry) ? ['--plain-http'] : [];
}

function withSigning(signing: Signing, act: (how: readonly string[]) => void): void {
  if ('keyless' in signing) {
    act(['--yes']);
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'signing-'));
  try {
    // Without services: no transparency log, no time stamps.
    const config = join(dir, 'signing-config.json');
    writeFileSync(
      config,
      JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json' }),
    );
    act(['--yes', '--key', signing.key, '--signing-config', config]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
