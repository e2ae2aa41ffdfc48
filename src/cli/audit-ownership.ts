import { type Audit, auditOwnership, type Problem } from '../migration/ownership-audit.ts';
import { printable } from '../request/fields.ts';
import { table } from './catalog.ts';
import { withData } from './data.ts';
import { printOut } from './output.ts';

export interface AuditOptions {
  /** Only what this tenant owns. */
  readonly tenant: string | undefined;
  /** Only what nobody owns. */
  readonly unowned: boolean;
  readonly json: boolean;
}

export const AUDIT_HELP = `mlflow-gateway audit-ownership [--tenant NAME | --unowned] [--json]

Reads everything in MLflow and says whose it is by the tag that GW_TENANCY=tags goes by. Changes nothing.
Works straight at GW_TARGET_BASE_URL, with the gateway's configuration; no gateway has to run.

  --tenant NAME    only what this tenant owns
  --unowned        only what nobody owns
  --json           for programs

UNTAGGED counts what is a tenant's through its experiment or model and has no tag itself: it is reached by its id, and not
found by searches, until "mlflow-gateway adopt" is run for it.
Exit codes: 0 everything has one owner, 1 something is wrong, 2 bad usage, 3 something is nobody's, or another tenant's
than what it is in. (With --tenant: 3 if that tenant has something untagged, or crossed with others.)
`;

/**
 * Prints who owns what in MLflow.
 *
 * @returns the exit code: 0 when everything that was asked about has one owner, else 3
 * @throws CliError for a wrong configuration, or an MLflow that cannot be asked
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
    rows.length === 0 ? 'Nobody owns anything.\n' : table(['TENANT', 'KIND', 'OWNED', 'UNTAGGED'], rows);
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

/** Stable: other programs may read it. */
function asJson({ tenants, problems, numbers }: Audit): unknown {
  return { tenants, numbers, problems };
}
