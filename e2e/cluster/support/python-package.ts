import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

const PACKAGE = join(import.meta.dirname, '../../../clients/python');

/**
 * The Python package of clients/python as one file that Python imports from, with its entry points: a wheel without a build tool. For an
 * image that has MLflow and not the package.
 */
export async function pythonPackage(): Promise<Buffer> {
  const dir = mkdtempSync(join(tmpdir(), 'e2e-package-'));
  try {
    await cp(join(PACKAGE, 'src'), dir, { recursive: true, filter: (path) => !path.includes('__pycache__') });
    const info = join(dir, 'mlflow_gateway_auth-0.1.0.dist-info');
    await mkdir(info);
    writeFileSync(
      join(info, 'METADATA'),
      'Metadata-Version: 2.1\nName: mlflow-gateway-auth\nVersion: 0.1.0\n',
    );
    writeFileSync(join(info, 'entry_points.txt'), entryPoints());
    const made = ['mlflow_gateway_auth', 'mlflow_gateway_auth-0.1.0.dist-info'];
    await run('python3', ['-m', 'zipfile', '-c', 'package.whl', ...made], { cwd: dir });
    return readFileSync(join(dir, 'package.whl'));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Those of pyproject.toml, in the format of an installed package. */
function entryPoints(): string {
  const project = readFileSync(join(PACKAGE, 'pyproject.toml'), 'utf8');
  const sections = project.matchAll(/^\[project\.entry-points\."([\w.]+)"\]\n((?:\S.*\n)+)/gm);
  return [...sections].map(([, group, lines]) => `[${group}]\n${lines!.replaceAll('"', '')}`).join('\n');
}
