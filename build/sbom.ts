import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundledPackage } from './bundle.ts';

/** The parts of a CycloneDX 1.5 document that the build reads or writes. https://cyclonedx.org/docs/1.5/json/ */
interface Bom {
  serialNumber?: string;
  metadata: { timestamp: string; lifecycles: unknown; component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface Component {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  purl?: string;
  components?: Component[];
  [more: string]: unknown;
}

/** A package of the operating system with files in the image. */
export interface OsPackage {
  readonly name: string;
  readonly version: string;
  /** In the form of purls: `deb/debian`. */
  readonly kind: string;
}

export interface SbomOptions {
  readonly root: string;
  readonly bundled: readonly BundledPackage[];
  readonly osPackages: readonly OsPackage[];
  /** Node's versions, from `process.versions`; absent for the bundle alone. */
  readonly runtime?: Readonly<Record<string, string | undefined>>;
  /** `SOURCE_DATE_EPOCH`: seconds, for a reproducible document (https://reproducible-builds.org). */
  readonly epoch?: string | undefined;
}

/**
 * The bill of materials, as a CycloneDX document: the packages inside the bundle with npm's data about them (licence, hash), Node with
 * the libraries compiled into it, and the system libraries of an image.
 *
 * @throws Error if npm fails, or does not list a bundled package
 */
export function sbom({ root, bundled, osPackages, runtime, epoch }: SbomOptions): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const bom = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as Bom;
  const wanted = new Set(bundled.map(({ name, version }) => `${name}@${version}`));
  const packages = bom.components.filter((component) => wanted.has(component['bom-ref']));
  const missing = wanted.difference(new Set(packages.map((component) => component['bom-ref'])));
  if (missing.size > 0) throw new Error(`npm sbom does not list ${[...missing].join(', ')}`);

  const { version, name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Component;
  const top = bom.metadata.component;
  // npm takes the name from the directory.
  Object.assign(top, { name, version });
  bom.metadata.lifecycles = [{ phase: 'build' }];
  if (epoch !== undefined) {
    bom.metadata.timestamp = new Date(Number(epoch) * 1000).toISOString();
    delete bom.serialNumber;
  }

  const others = [...(runtime === undefined ? [] : [node(runtime)]), ...osPackages.map(osPackage)];
  bom.components = [...packages, ...others];
  const known = new Set(bom.components.map((component) => component['bom-ref']));
  bom.dependencies = bom.dependencies
    .filter(({ ref }) => ref === top['bom-ref'] || known.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((on) => known.has(on)) }));
  const own = bom.dependencies.find(({ ref }) => ref === top['bom-ref']);
  own?.dependsOn.push(...others.map((component) => component['bom-ref']));
  return `${JSON.stringify(bom, null, 2)}\n`;
}

/** Versions of interfaces and data, not of libraries. */
const NO_LIBRARY = new Set(['node', 'modules', 'napi', 'cldr', 'tz', 'unicode']);

function node(versions: Readonly<Record<string, string | undefined>>): Component {
  const compiledIn = Object.entries(versions).filter(([name]) => !NO_LIBRARY.has(name));
  return {
    ...generic('platform', 'node', versions.node ?? ''),
    components: compiledIn.map(([name, version]) => generic('library', name, version ?? '', 'node/')),
  };
}

function generic(type: string, name: string, version: string, within = ''): Component {
  const purl = `pkg:generic/${name}@${encodeURIComponent(version)}`;
  return { 'bom-ref': `${within}${name}@${version}`, type, name, version, purl };
}

function osPackage({ name, version, kind }: OsPackage): Component {
  const purl = `pkg:${kind}/${name}@${encodeURIComponent(version)}`;
  return { 'bom-ref': `${kind}/${name}@${version}`, type: 'library', name, version, purl };
}
