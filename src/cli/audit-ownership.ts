import { type Audit, auditOwnership, type Problem } from '../migration/ownership-audit.ts';
import { printable } from '../request/printable.ts';
import { table } from './catalog.ts';
import { withData } from './data.ts';
import { printOut } from './output.ts';

export interface AuditOptions {
  /** Only this tenant's resources. */
  readonly tenant: string | undefined;
  /** Only unowned resources. */
  readonly unowned: boolean;
  readonly json: boolean;
}

export const AUDIT_HELP = `mlflow-gateway audit-ownership [--tenant NAME | --unowned] [--json]

Reads all resources in MLflow and reports their owners, by the tenant tag of GW_TENANCY=tags. Changes nothing.
Connects directly to GW_TARGET_BASE_URL, with the gateway's configuration. Needs no running gateway.

  --tenant NAME    only this tenant's resources
  --unowned        only unowned resources
  --json           prints the report as JSON

UNTAGGED counts resources that belong to a tenant through their experiment or model and have no tag themselves: they are
reachable by id, but searches do not find them until you run "mlflow-gateway adopt".
Exit codes: 0 every resource has one owner, 1 the configuration or MLflow has a problem, 2 bad usage, 3 a resource is
unowned or has another owner than its container. (With --tenant: 3 if the tenant has untagged or crossed resources.)
`;

/**
 * Prints the owners of the resources in MLflow.
 *
 * @returns the exit code: 0 if every requested resource has one owner, else 3
 * @throws CliError for a wrong configuration, or an MLflow that does not answer
 */
export async function auditCommand(env: NodeJS.ProcessEnv, options: AuditOptions): Promise<number> {
  return withData(env, async (tools) => {
    const audit = narrowed(await auditOwnership(tools), options);
    await printOut(options.json ? `${JSON.stringify(asJson(audit), null, 2)}\n` : asText(audit, options));
    return isClean(audit, options) ? 0 : 3;
  });
}

function narrowed(audit: Audit, { tenant, unowned }: AuditOptions): Audit {
  if (unowned) {
    const problems = audit.problems.filter(({ is }) => is === 'unowned');
    return { tenants: {}, problems, numbers: { ...audit.numbers, crossed: 0, unclear: 0 } };
  }
  if (tenant === undefined) return audit;
  const problems = audit.problems.filter(({ tenants }) => tenants?.includes(tenant));
  const own = audit.tenants[tenant];
  return {
    tenants: own === undefined ? {} : { [tenant]: own },
    problems,
    numbers: { unowned: 0, unclear: 0, crossed: problems.length },
  };
}

function isClean({ tenants, numbers }: Audit, { tenant }: AuditOptions): boolean {
  const untagged = Object.values(tenants[tenant ?? ''] ?? {}).some((one) => one.untagged > 0);
  return !untagged && Object.values(numbers).every((number) => number === 0);
}

function asText({ tenants, problems, numbers }: Audit, { unowned }: AuditOptions): string {
  const rows = Object.entries(tenants)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([tenant, kinds]) =>
      Object.entries(kinds).map(([kind, one]) => [tenant, kind, String(one.owned), String(one.untagged)]),
    );
  const owned =
    rows.length === 0 ? 'No resource has an owner.\n' : table(['TENANT', 'KIND', 'OWNED', 'UNTAGGED'], rows);
  const list = problems.length === 0 ? '' : `${unowned ? '' : '\n'}${problems.map(line).join('')}`;
  const total = Object.values(numbers).reduce((sum, number) => sum + number, 0);
  const more = total > problems.length ? `... and ${total - problems.length} more\n` : '';
  const end = `\nunowned ${numbers.unowned}, crossed ${numbers.crossed}, unclear ${numbers.unclear}\n`;
  return `${unowned ? '' : owned}${list}${more}${end}`;
}

function line({ is, kind, id, title, in: within, holds, why }: Problem): string {
  const name = title === undefined ? printable(id) : `${printable(id)} (${printable(title)})`;
  const held = Object.entries(holds ?? {}).map(
    ([what, number]) => `${number} ${what}${number === 1 ? '' : 's'}`,
  );
  const rest = why ?? (held.length === 0 ? undefined : `with ${held.join(', ')}`);
  return `${is.padEnd(7)}  ${kind} ${name}${within === undefined ? '' : ` in ${printable(within)}`}${rest === undefined ? '' : `: ${rest}`}\n`;
}

/** Stable: scripts read it. */
function asJson({ tenants, problems, numbers }: Audit): unknown {
  return { tenants, numbers, problems };
}
