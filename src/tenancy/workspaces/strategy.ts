import { DenialError } from '../../http/denial.ts';
import { type FieldUse, printable } from '../../http/fields.ts';
import type { UpstreamAnswer } from '../../upstream/types.ts';
import { checkValue } from '../form.ts';
import { refuseJudges } from '../judge.ts';
import type { Kinds } from '../kinds.ts';
import type { ReservedTags } from '../reserved-tags.ts';
import { checkRule } from '../rules.ts';
import { isWithin, readStorageUri } from '../storage-uri.ts';
import type { TenancyQuestion, TenancyStrategy, TenancyVerdict } from '../strategy.ts';
import type { TenantNames } from '../tenant-names.ts';
import type { ChosenIds } from './chosen-ids.ts';
import { WORKSPACE_HEADER } from './header.ts';
import type { KnownWorkspaces } from './known-workspaces.ts';
import type { WorkspaceLookup } from './lookup.ts';

export interface WorkspacesOptions {
  readonly names: TenantNames;
  readonly kinds: Kinds;
  readonly reservedTags: ReservedTags;
  readonly known: KnownWorkspaces;
  readonly lookup: WorkspaceLookup;
  readonly chosen: ChosenIds;
  readonly serverFeatures: ReadonlySet<string>;
}

/**
 * Tenancy by MLflow's own workspaces: the header is pinned and MLflow does the rest, except where it does not. The
 * overlay marks those fields (`reference:KIND:lookup`, reserved tags, storage URIs) and they are judged here.
 */
export class WorkspacesStrategy implements TenancyStrategy {
  readonly name = 'workspaces';
  readonly #options: WorkspacesOptions;

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  async decide(question: TenancyQuestion): Promise<TenancyVerdict> {
    const { request, principal, tenant } = question;
    const { names, known, serverFeatures } = this.#options;
    const { operation, uses } = request;
    const rule = operation.workspaces;
    checkRule(rule, operation, principal, serverFeatures);
    refuseJudges(uses, principal.platformAdmin, 'workspace');
    if (rule === 'global') return { request, headers: {} };
    const workspace = names.usableWorkspaceOf(tenant);
    const headers = { [WORKSPACE_HEADER]: workspace };
    const wait = known.require(workspace);
    if (wait !== undefined) await wait;
    if (uses.length > 0) {
      const slow = this.#judge(uses, workspace, question);
      if (slow !== undefined) await slow;
    }
    if (rule === 'platform-admin') for (const use of uses) if (isWorkspace(use)) known.forget(use.value);
    if (operation.responseFilter && !principal.platformAdmin) {
      const own = new Set([...principal.grants.keys()].map((name) => names.workspaceOf(name)));
      const { items, key } = operation.responseFilter;
      return { request, headers, transform: (answer) => keepOwn(answer, items, key, own) };
    }
    return { request, headers };
  }

  /** Judges every tenancy-bearing value; asynchronous only when MLflow must be asked. */
  #judge(uses: readonly FieldUse[], workspace: string, question: TenancyQuestion): Promise<void> | undefined {
    const { kinds, reservedTags, names } = this.#options;
    const asked: Promise<void>[] = [];
    for (const use of uses) {
      const { policy } = use;
      switch (policy.class) {
        case 'reference':
          kinds.checkSpelling(use);
          if (isWorkspace(use)) this.#requireOwnWorkspace(use, question);
          else if (policy.workspaces === 'lookup' && use.value !== '') {
            asked.push(this.#requireExists(workspace, policy.kind, use.value, use.at));
          }
          break;
        case 'new-name':
          // A span may add to a trace that is there: MLflow itself refuses another workspace's.
          if (question.request.encoded === undefined && this.#options.chosen.concerns(policy.kind))
            asked.push(this.#options.chosen.requireFree(workspace, policy.kind, use.value, use.at));
          break;
        case 'mention':
          if (kinds.looksLike(policy.kind, use.value))
            asked.push(this.#requireExists(workspace, policy.kind, use.value, use.at));
          break;
        case 'storage-uri':
          asked.push(this.#requireOwnStorage(use, uses, workspace));
          break;
        case 'tenant':
          if (use.value !== '' && use.value !== names.workspaceOf(question.tenant)) {
            throw new DenialError('tenant_not_granted', `${use.at} names a workspace that is not yours.`);
          }
          break;
        default:
          checkValue(use, reservedTags);
          break;
      }
    }
    return asked.length === 0 ? undefined : allOf(asked);
  }

  #requireOwnWorkspace(use: FieldUse, { principal }: TenancyQuestion): void {
    if (principal.platformAdmin) return;
    for (const tenant of principal.grants.keys()) {
      if (this.#options.names.workspaceOf(tenant) === use.value) return;
    }
    throw new DenialError('workspace_not_found', `Workspace '${printable(use.value)}' not found`);
  }

  async #requireExists(workspace: string, kind: string, id: string, at: string): Promise<void> {
    const found = await this.#options.lookup.find(workspace, kind, id);
    if (found === undefined) {
      throw new DenialError(
        'resource_not_found',
        `No ${kind} ${JSON.stringify(printable(id))} exists (${printable(at)}).`,
      );
    }
  }

  async #requireOwnStorage(use: FieldUse, uses: readonly FieldUse[], workspace: string): Promise<void> {
    const claim = readStorageUri(use.value);
    if (claim.claim === 'none') return;
    if (claim.claim === 'resource') return this.#requireExists(workspace, claim.kind, claim.id, use.at);
    if (claim.claim === 'location') {
      // A bare location proves nothing by itself; it must lie where a run or model named beside it keeps its own.
      for (const { policy, value } of uses) {
        if (
          policy.class !== 'reference' ||
          (policy.kind !== 'run' && policy.kind !== 'logged-model') ||
          value === ''
        )
          continue;
        const found = await this.#options.lookup.find(workspace, policy.kind, value);
        if (found?.location !== undefined && isWithin(use.value, found.location)) return;
      }
    }
    throw new DenialError(
      'storage_uri_refused',
      `${printable(use.at)} must be runs:/..., models:/..., or lie below the artifacts of the run or model named in the request.`,
    );
  }
}

/** Of several refusals the request's first is told, whichever look-up was answered first. */
async function allOf(asked: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(asked);
  const refused = settled.find((one) => one.status === 'rejected');
  if (refused) throw refused.reason;
}

function isWorkspace({ policy }: FieldUse): boolean {
  return (policy.class === 'reference' || policy.class === 'new-name') && policy.kind === 'workspace';
}

function keepOwn(
  answer: UpstreamAnswer,
  items: string,
  key: string,
  own: ReadonlySet<string | undefined>,
): Buffer {
  const body = JSON.parse(answer.body.toString('utf8')) as Record<string, unknown>;
  const list = body[items];
  if (list !== undefined && !Array.isArray(list)) {
    throw new DenialError('upstream_invalid', 'MLflow answered with a list the gateway cannot filter.');
  }
  const kept = (list ?? []).filter((item: unknown) => own.has((item as Record<string, string>)[key]));
  return Buffer.from(JSON.stringify({ ...body, [items]: kept }));
}
