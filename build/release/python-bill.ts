import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The bill of materials of the Python package, as a CycloneDX 1.5 document. It has no components: the package needs no other.
 *
 * @param epoch seconds, for a reproducible document
 * @throws Error if the package has dependencies, which the bill would have to list
 * @example
 * writeFileSync('mlflow-gateway-auth.cdx.json', pythonBill(process.cwd(), '1764288000'));
 */
export function pythonBill(root: string, epoch: string): string {
  const project = readFileSync(join(root, 'clients/python/pyproject.toml'), 'utf8');
  if (!/^dependencies = \[\]$/m.test(project))
    throw new Error(
      'clients/python/pyproject.toml has dependencies: list them in build/release/python-bill.ts',
    );
  const value = (name: string): string => {
    const found = new RegExp(`^${name} = "(.+)"$`, 'm').exec(project)?.[1];
    if (found === undefined) throw new Error(`clients/python/pyproject.toml has no ${name}`);
    return found;
  };
  const [name, version] = [value('name'), value('version')];
  const purl = `pkg:pypi/${name}@${version}`;
  const bill = {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: new Date(Number(epoch) * 1000).toISOString(),
      lifecycles: [{ phase: 'build' }],
      component: {
        'bom-ref': purl,
        type: 'library',
        name,
        version,
        description: value('description'),
        licenses: [{ license: { id: value('license') } }],
        purl,
      },
    },
    components: [],
    dependencies: [{ ref: purl, dependsOn: [] }],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}
