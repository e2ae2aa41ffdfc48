import { eventually } from './eventually.ts';
import { kubectl } from './kubectl.ts';
import { podsOf } from './pods.ts';
import { keep } from './report.ts';

/** Some properties of an audit line (docs/audit.md). */
export type AuditPart = Readonly<Record<string, string | number | null>>;

/**
 * Waits until the logs of the gateways in these pods have audit lines with all these properties, and keeps the lines in
 * the report.
 *
 * @throws Error with the properties that no line has
 * @example
 * await expectAudit('e2e', 'app=mlflow', 'audit.jsonl', { tenant: 'team-a', decision: 'allow' });
 */
export async function expectAudit(
  namespace: string,
  labels: string,
  file: string,
  ...parts: readonly AuditPart[]
): Promise<void> {
  await eventually('the audit lines', async () => {
    const pods = await podsOf(namespace, labels);
    const logs = await Promise.all(pods.map(({ metadata }) => logOf(namespace, metadata.name)));
    const lines = logs
      .join('')
      .split('\n')
      .filter((line) => line.includes('"decision"'));
    keep(file, `${lines.join('\n')}\n`);
    const audit = lines.map((line) => JSON.parse(line) as AuditPart);
    for (const part of parts)
      if (!audit.some((line) => Object.entries(part).every(([name, value]) => line[name] === value)))
        throw new Error(`none of ${audit.length} audit lines has ${JSON.stringify(part)}`);
  });
}

const CONTAINERS = 'jsonpath={.spec.containers[*].name} {.spec.initContainers[*].name}';

/** The log of the gateway, in any container of the pod. */
async function logOf(namespace: string, pod: string): Promise<string> {
  const all = await kubectl(['-n', namespace, 'get', 'pod', pod, '-o', CONTAINERS]);
  const container = all.split(/\s+/).find((name) => name.endsWith('gateway'));
  return kubectl(['-n', namespace, 'logs', pod, '-c', container!]);
}
