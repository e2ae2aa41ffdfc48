import type { Operation } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import { WORKSPACE_HEADER } from '../../http/workspace-header.ts';
import type { Principal } from '../../identity/principal.ts';
import { printable } from '../../request/printable.ts';
import type { FieldUse } from '../../request/types.ts';
import { requireFewLookups } from '../ask-each.ts';
import type { Kinds } from '../kinds.ts';
import { isUnchosen } from '../not-found.ts';
import { checkRule } from '../operation-rule.ts';
import type { WorkspacesQuestion } from '../question.ts';
import { isNew, keyOf, type Reference, type ResourceKey } from '../reference.ts';
import type { ReservedTags } from '../reserved-tags.ts';
import type { WorkspacesResponseRule, WorkspacesRuling } from '../ruling.ts';
import { refuseServerUse } from '../scorer-json.ts';
import { readStorageUri } from '../storage-target.ts';
import type { TenancyRequest } from '../tenancy-strategy.ts';
import type { TenantNames } from '../tenant-names.ts';
import { checkValue } from '../value-checks.ts';
import { storageRefused } from './storage-refused.ts';

export interface WorkspacesJudgeOptions {
  readonly names: TenantNames;
  readonly kinds: Kinds;
  readonly reservedTags: ReservedTags;
  readonly serverFeatures: ReadonlySet<string>;
}

/**
 * The pure step of the strategy `workspaces`: checks the fields that MLflow itself does not separate by workspace
 * (`reference:KIND:lookup`, reserved tags, storage URIs), and collects the questions about them.
 *
 * @example
 * new WorkspacesJudge(options).judge({ principal, tenant: 'team-a', request }).headers; // the pinned workspace
 */
export class WorkspacesJudge {
  readonly #options: WorkspacesJudgeOptions;

  constructor(options: WorkspacesJudgeOptions) {
    this.#options = options;
  }

  /** @throws DenialError to refuse the request */
  judge(tenancyRequest: TenancyRequest): WorkspacesRuling {
    const { request, principal, tenant } = tenancyRequest;
    const { names, serverFeatures } = this.#options;
    const { operation, uses } = request;
    const { rule } = operation.workspaces;
    checkRule(operation.workspaces, operation, principal, serverFeatures);
    refuseServerUse(uses, principal.platformAdmin, 'workspace');
    if (rule === 'global')
      return {
        request,
        headers: NO_HEADERS,
        workspace: undefined,
        questions: [],
        lookups: 0,
        response: undefined,
        changes: NOTHING,
      };
    const workspace = names.usableWorkspaceOf(tenant);
    const { questions, lookups } = uses.length === 0 ? ONLY_WORKSPACE : this.#read(tenancyRequest);
    requireFewLookups(lookups);
    return {
      request,
      headers: { [WORKSPACE_HEADER]: workspace },
      workspace,
      questions,
      lookups,
      response: this.#responseRule(operation, principal),
      changes: rule === 'platform-admin' ? uses.filter(isWorkspace).map(({ value }) => value) : NOTHING,
    };
  }

  #responseRule({ workspaces: plan }: Operation, principal: Principal): WorkspacesResponseRule | undefined {
    const responseFilter = plan.rule === 'own-workspace' ? plan.responseFilter : undefined;
    if (responseFilter === undefined || principal.platformAdmin) return undefined;
    const own = [...principal.grants.keys()].flatMap((name) => this.#options.names.workspaceOf(name) ?? []);
    return { rule: 'keep-named', ...responseFilter, names: new Set(own) };
  }

  #read(tenancyRequest: TenancyRequest): { questions: readonly WorkspacesQuestion[]; lookups: number } {
    const { request, tenant, principal } = tenancyRequest;
    const { kinds, reservedTags, names } = this.#options;
    const { uses } = request;
    // MLflow reports a missing experiment itself, but clients drop traces with no more than a warning.
    const writes = !request.operation.permission.endsWith(':read');
    const questions: WorkspacesQuestion[] = [ASK_WORKSPACE];
    const seen = new Set<string>();
    const chosen: Reference[] = [];
    const exists = (kind: string, id: string, at: string): void => {
      if (isNew(seen, keyOf({ kind, id }))) questions.push({ ask: 'exists', reference: { kind, id, at } });
    };
    for (const use of uses) {
      const { policy, value, at } = use;
      switch (policy.class) {
        case 'reference':
          kinds.checkSpelling(use);
          if (isWorkspace(use)) this.#requireOwnWorkspace(use, tenancyRequest);
          else if (value === '') break;
          else if (policy.workspaces === 'lookup' || (writes && isUnchosen(policy.kind, value)))
            exists(policy.kind, value, at);
          break;
        case 'new-name':
          // A span may add to a trace that exists: MLflow itself refuses another workspace's.
          if (request.encoded !== undefined || value === '') break;
          if (kinds.get(policy.kind)?.takenOverBefore === undefined) break;
          if (!isNew(seen, `new ${policy.kind}\n${value}`)) break;
          if (chosen.length === 0) questions.push({ ask: 'free-ids', references: chosen });
          chosen.push({ kind: policy.kind, id: value, at });
          break;
        case 'mention':
          if (kinds.looksLike(policy.kind, value)) exists(policy.kind, value, at);
          break;
        case 'storage-uri': {
          const read = readStorageUri(value);
          if (read.target === 'none') break;
          if (read.target === 'resource') exists(read.kind, read.id, at);
          else if (read.target === 'location') {
            const candidates = keepersIn(uses);
            if (candidates.length === 0) throw storageRefused(at);
            for (const key of candidates) seen.add(`at ${keyOf(key)}`);
            questions.push({ ask: 'stored-beside', at, uri: value, candidates });
          } else throw storageRefused(at);
          break;
        }
        case 'tenant':
          if (value !== '' && value !== names.workspaceOf(tenant)) {
            throw new DenialError('tenant_not_granted', `${at} names a workspace that is not yours.`);
          }
          break;
        default:
          checkValue(use, reservedTags, principal.platformAdmin);
          break;
      }
    }
    return { questions, lookups: seen.size };
  }

  #requireOwnWorkspace(use: FieldUse, { principal }: TenancyRequest): void {
    if (principal.platformAdmin) return;
    for (const tenant of principal.grants.keys()) {
      if (this.#options.names.workspaceOf(tenant) === use.value) return;
    }
    throw new DenialError('workspace_not_found', `Workspace '${printable(use.value)}' not found`);
  }
}

const NO_HEADERS: Readonly<Record<string, string>> = {};
const NOTHING: readonly string[] = [];
const ASK_WORKSPACE: WorkspacesQuestion = { ask: 'workspace' };
/** The questions of nearly every request. */
const ONLY_WORKSPACE: { readonly questions: readonly WorkspacesQuestion[]; readonly lookups: number } = {
  questions: [ASK_WORKSPACE],
  lookups: 0,
};

/** The runs and models that a request names, each once: the resources that keep artifacts. */
function keepersIn(uses: readonly FieldUse[]): ResourceKey[] {
  const seen = new Set<string>();
  return uses.flatMap(({ policy, value: id }) => {
    if (policy.class !== 'reference' || id === '') return [];
    const { kind } = policy;
    if ((kind !== 'run' && kind !== 'logged-model') || !isNew(seen, keyOf({ kind, id }))) return [];
    return [{ kind, id }];
  });
}

function isWorkspace({ policy }: FieldUse): boolean {
  return (policy.class === 'reference' || policy.class === 'new-name') && policy.kind === 'workspace';
}
