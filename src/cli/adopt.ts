import { TENANT_PATTERN } from '../identity/claims.ts';
import { Adoption } from '../migration/adoption.ts';
import type { Finding, Name, Report } from '../migration/report.ts';
import { SelectionError, type Wanted } from '../migration/selection.ts';
import { printable } from '../request/printable.ts';
import { table } from './catalog.ts';
import { withData } from './data.ts';
import { CliError } from './load.ts';
import { printError, printOut } from './output.ts';

export interface AdoptOptions extends Wanted {
  readonly tenant: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export const ADOPT_HELP = `mlflow-gateway adopt --tenant NAME (--experiment ID|NAME ... | --model NAME ... | --all-unowned)

Gives unowned resources in MLflow to a tenant, by setting the tenant tag of GW_TENANCY=tags: experiments with their runs
(also deleted ones), logged models, traces and evaluation datasets; registered models and prompts with their versions.
Connects directly to GW_TARGET_BASE_URL, with the gateway's configuration. Needs no running gateway.

  --tenant NAME           the new owner, as named in tokens
  --experiment ID|NAME    an experiment and its contents; repeatable
  --model NAME            a registered model or prompt and its versions; repeatable
  --all-unowned           all unowned resources, and untagged ones in the tenant's experiments and models
  --dry-run               prints the plan and writes nothing (the default)
  --yes                   carries out the plan
  --json                  prints the report as JSON

Never changes a tag that names another tenant. You can stop it at any time and run it again: finished work is skipped.
Exit codes: 0 all requested resources belong to the tenant (or would), 1 a change failed: run it again, 2 bad usage,
3 a requested resource was left alone: the report gives the reason.
`;

/**
 * Gives unowned resources to a tenant; by default only prints the plan.
 *
 * @returns the exit code: 0 all done, 1 a change failed, 3 a resource was left alone
 * @throws CliError for bad usage, a wrong configuration, or an MLflow that does not answer
 */
export async function adopt(env: NodeJS.ProcessEnv, options: AdoptOptions): Promise<number> {
  const tenant = checkUsage(options);
  return withData(env, async ({ config, progress, ...tools }) => {
    const { artifactRoot } = config.tenancy;
    const adoption = await Adoption.prepare({ ...tools, progress, tenant, artifactRoot }, options).catch(
      explained,
    );
    const plan = await adoption.plan();
    // If the plan cannot be printed, nothing is written.
    if (!options.json) await printOut(planText(tenant, plan, options.yes));
    if (options.yes) {
      printError('Writing. You can stop this at any time and run it again: finished work is skipped.\n');
    }
    const done = options.yes ? await adoption.carryOut() : undefined;
    const unread = done && unreadText(tenant, done);
    if (options.json) await printOut(`${JSON.stringify(asJson(tenant, plan, done), null, 2)}\n`, unread);
    else if (done !== undefined) await printOut(doneText(tenant, plan, done), unread);
    if ((done?.number('failed') ?? 0) > 0) return 1;
    return plan.number('left') + (done?.number('left') ?? 0) > 0 ? 3 : 0;
  });
}

/** Printed if the report cannot be written: the numbers and the next step. */
function unreadText(tenant: string, done: Report): string {
  const failed = done.number('failed');
  return `${Object.values(done.counts).reduce((sum, { adopted }) => sum + adopted, 0)} given to ${tenant}, ${failed} failed; the report could not be written. Run the same command again for the report: finished work is skipped.`;
}

function checkUsage({ tenant, experiments, models, allUnowned, yes, dryRun }: AdoptOptions): string {
  if (tenant === undefined) throw usage('adopt needs --tenant NAME');
  if (!TENANT_PATTERN.test(tenant)) {
    const rule = "a tenant is 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit";
    throw usage(`--tenant ${JSON.stringify(printable(tenant))} is not a valid tenant name: ${rule}`);
  }
  const named = experiments.length > 0 || models.length > 0;
  if (!named && !allUnowned) throw usage('adopt needs --experiment ID|NAME, --model NAME or --all-unowned');
  if (named && allUnowned)
    throw usage(
      '--all-unowned includes all experiments and models: remove it, or remove --experiment and --model',
    );
  if ([...experiments, ...models].includes('')) throw usage('--experiment and --model need a non-empty name');
  if (yes && dryRun) throw usage('--yes and --dry-run exclude each other: give one of them');
  return tenant;
}

function usage(problem: string): CliError {
  return new CliError(`${problem}\nTry: mlflow-gateway adopt --help`, 2);
}

function explained(error: unknown): never {
  throw error instanceof SelectionError ? new CliError(error.message) : error;
}

function planText(tenant: string, plan: Report, yes: boolean): string {
  const rest = yes ? '' : '\nNothing was written. Run the same command with --yes to write.\n';
  return `To be given to ${tenant}:\n\n${counts(plan, ['TO ADOPT', 'adopted'], ['ALREADY', 'already'], ['LEFT', 'left'])}${adopted(plan)}${findings(plan)}${rest}`;
}

function doneText(tenant: string, plan: Report, done: Report): string {
  const known = new Set(plan.findings.map(keyOf));
  const news = done.findings.filter((finding) => !known.has(keyOf(finding)));
  const failed = done.number('failed');
  const end =
    failed > 0
      ? `\n${failed} failed. Run the same command again: finished work is skipped.\n`
      : plan.number('left') > 0
        ? '\nDone, except for the resources that were left alone.\n'
        : '\nDone.\n';
  return `\nGiven to ${tenant}:\n\n${counts(done, ['ADOPTED', 'adopted'], ['ALREADY', 'already'], ['FAILED', 'failed'])}${lines(news)}${end}`;
}

type Column = readonly [title: string, of: 'adopted' | 'already' | 'left' | 'failed'];

function counts(report: Report, ...columns: readonly Column[]): string {
  const rows = Object.entries(report.counts)
    .map(([kind, count]) => [kind, ...columns.map(([, of]) => String(count[of]))])
    .filter(([, ...numbers]) => numbers.some((number) => number !== '0'));
  return rows.length === 0 ? 'nothing\n' : table(['KIND', ...columns.map(([title]) => title)], rows);
}

function adopted(report: Report): string {
  const text = report.adopted.map((name) => `adopt    ${shown(name)}\n`);
  return text.length === 0 ? '' : `\n${text.join('')}`;
}

function findings(report: Report): string {
  const more = report.more > 0 ? `... and ${report.more} more\n` : '';
  return lines(report.findings) + more;
}

function lines(list: readonly Finding[]): string {
  const text = list.map((finding) => `${finding.result.padEnd(7)}  ${shown(finding)}: ${finding.why}\n`);
  return text.length === 0 ? '' : `\n${text.join('')}`;
}

function shown({ kind, id, title, in: within }: Name): string {
  const name = title === undefined ? printable(id) : `${printable(id)} (${printable(title)})`;
  return `${kind} ${name}${within === undefined ? '' : ` in ${printable(within)}`}`;
}

function keyOf({ result, kind, id, in: within, why }: Finding): string {
  return JSON.stringify([result, kind, id, within, why]);
}

function asJson(tenant: string, plan: Report, done: Report | undefined): unknown {
  const summary = ({ counts, adopted, findings, more }: Report) => ({ counts, adopted, findings, more });
  return {
    tenant,
    written: done !== undefined,
    plan: summary(plan),
    done: done === undefined ? null : summary(done),
  };
}
