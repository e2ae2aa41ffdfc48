import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pythonBill } from './python-bill.ts';

const root = join(import.meta.dirname, '../..');

test('the bill of the Python package names its version, and no other package', () => {
  const bill = JSON.parse(pythonBill(root, '1764288000'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(bill.metadata.component).toMatchObject({
    purl: `pkg:pypi/mlflow-gateway-auth@${version}`,
    licenses: [{ license: { id: 'Apache-2.0' } }],
  });
  expect(bill.metadata.timestamp).toBe('2025-11-28T00:00:00.000Z');
  expect(bill.components).toEqual([]);
});

test('a dependency of the Python package must be in its bill', () => {
  const copy = mkdtempSync(join(tmpdir(), 'bill-'));
  try {
    const project = readFileSync(join(root, 'clients/python/pyproject.toml'), 'utf8');
    mkdirSync(join(copy, 'clients/python'), { recursive: true });
    writeFileSync(
      join(copy, 'clients/python/pyproject.toml'),
      project.replace('dependencies = []', 'dependencies = ["requests"]'),
    );
    expect(() => pythonBill(copy, '0')).toThrow('has dependencies');
  } finally {
    rmSync(copy, { recursive: true });
  }
});
