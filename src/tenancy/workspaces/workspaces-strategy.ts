import type { Operation } from '../../catalog/types.ts';
import { DenialError } from '../../denial.ts';
import { WORKSPACE_HEADER } from '../../http/workspace-header.ts';
import type { Principal } from '../../identity/principal.ts';
import { printable } from '../../request/printable.ts';
import type { FieldUse } from '../../request/types.ts';
import type { UpstreamAnswer } from '../../upstream/types.ts';
import { askEach, requireFewLookups } from '../ask-each.ts';
import type { Kinds } from '../kinds.ts';
import { isUnchosen, missing } from '../not-found.ts';
import { checkRule } from '../operation-rule.ts';
import type { ReservedTags } from '../reserved-tags.ts';
import { refuseJudges } from '../scorer-json.ts';
import { liesIn, readStorageUri } from '../storage-uri.ts';
import type { Judgement, TenancyQuestion, TenancyStrategy, TenancyVerdict } from '../tenancy-strategy.ts';
import type { TenantNames } from '../tenant-names.ts';
import { checkValue } from '../value-checks.ts';
import type { ChosenId, ChosenIds } from './chosen-ids.ts';
import type { KnownWorkspaces } from './known-workspaces.ts';
import type { WorkspaceLookup } from './workspace-lookup.ts';

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

  judge(question: TenancyQuestion): Judgement {
    const { request, principal, tenant } = question;
    const { names, known, serverFeatures } = this.#options;
    const { operation, uses } = request;
    const rule = operation.workspaces;
    checkRule(rule, operation, principal, serverFeatures);
    refuseJudges(uses, principal.platformAdmin, 'workspace');
    if (rule === 'global') return { lookups: 0, ask: () => ({ request, headers: {} }) };
    const workspace = names.usableWorkspaceOf(tenant);
    const headers = { [WORKSPACE_HEADER]: workspace };
    const open = uses.length === 0 ? NOTHING : this.#read(uses, workspace, question);
    requireFewLookups(open.lookups);
    const verdict: TenancyVerdict =
      operation.responseFilter && !principal.platformAdmin
        ? { request, headers, transform: this.#keepOwn(operation.responseFilter, principal) }
        : { request, headers };
    const done = (): TenancyVerdict => {
      if (rule === 'platform-admin') for (const use of uses) if (isWorkspace(use)) known.forget(use.value);
      return verdict;
    };
    return {
      lookups: open.lookups,
      ask: () => {
        const wait = known.require(workspace);
        if (wait === undefined && open.questions.length === 0) return done();
        return this.#ask(wait, open.questions).then(done);
      },
    };
  }

  async #ask(wait: Promise<void> | undefined, questions: readonly Question[]): Promise<void> {
    await wait;
    await askEach(questions, (ask) => ask());
  }

  #keepOwn(
    { items, key }: NonNullable<Operation['responseFilter']>,
    { grants }: Principal,
  ): NonNullable<TenancyVerdict['transform']> {
    const own = new Set([...grants.keys()].map((name) => this.#options.names.workspaceOf(name)));
    return (answer) => keepOwn(answer, items, key, own);
  }

  /** Makes all checks of values that need no answer of MLflow's, and collects what there is to ask: nothing is asked. */
  #read(uses: readonly FieldUse[], workspace: string, question: TenancyQuestion): Open {
    const { kinds, reservedTags, names, chosen, lookup } = this.#options;
    // MLflow says that it is missing, and clients drop traces with a warning of no more than that.
    const writes = !question.request.operation.permission.endsWith(':read');
    const questions: Question[] = [];
    const seen = new Set<string>();
    const free: ChosenId[] = [];
    const exists = (kind: string, id: string, at: string): void => {
      if (isSeen(seen, kind, id) || lookup.known(workspace, kind, id) !== undefined) return;
      questions.push(() => this.#requireExists(workspace, kind, id, at));
    };
    for (const use of uses) {
      const { policy, value, at } = use;
      switch (policy.class) {
        case 'reference':
          kinds.checkSpelling(use);
          if (isWorkspace(use)) this.#requireOwnWorkspace(use, question);
          else if (value === '') break;
          else if (policy.workspaces === 'lookup' || (writes && isUnchosen(policy.kind, value)))
            exists(policy.kind, value, at);
          break;
        case 'new-name':
          // A span may add to a trace that is there: MLflow itself refuses another workspace's.
          if (question.request.encoded !== undefined || value === '' || !chosen.concerns(policy.kind)) break;
          if (isSeen(seen, `new ${policy.kind}`, value)) break;
          if (free.length === 0) questions.push(() => chosen.requireFree(workspace, free));
          free.push({ kind: policy.kind, id: value, at });
          break;
        case 'mention':
          if (kinds.looksLike(policy.kind, value)) exists(policy.kind, value, at);
          break;
        case 'storage-uri': {
          const claim = readStorageUri(value);
          if (claim.claim === 'none') break;
          if (claim.claim === 'resource') exists(claim.kind, claim.id, at);
          else if (claim.claim === 'location') {
            const beside = placesBeside(uses);
            if (beside.length === 0) throw storageRefused(at);
            for (const { kind, id } of beside) seen.add(`at ${kind}\n${id}`);
            questions.push(() => this.#requireOwnStorage(use, beside, workspace));
          } else throw storageRefused(at);
          break;
        }
        case 'tenant':
          if (value !== '' && value !== names.workspaceOf(question.tenant)) {
            throw new DenialError('tenant_not_granted', `${at} names a workspace that is not yours.`);
          }
          break;
        default:
          checkValue(use, reservedTags);
          break;
      }
    }
    return { questions, lookups: seen.size };
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
    if (found === undefined) throw missing(kind, id, at);
  }

  /** A bare location proves nothing by itself; it must lie where a run or model named beside it keeps its own. */
  async #requireOwnStorage(
    { value, at }: FieldUse,
    beside: readonly Beside[],
    workspace: string,
  ): Promise<void> {
    for (const { kind, id } of beside) {
      const found = await this.#options.lookup.find(workspace, kind, id);
      const location = found?.location;
      if (location === undefined) continue;
      if (liesIn(value, location)) return;
    }
    throw storageRefused(at);
  }
}

/** Something to ask MLflow; rejects to refuse. Never called before all of the request is judged. */
type Question = () => Promise<void>;

/** What is left to ask MLflow about a request. */
interface Open {
  readonly questions: readonly Question[];
  readonly lookups: number;
}

const NOTHING: Open = { questions: [], lookups: 0 };

/** A run or model that keeps artifacts. */
interface Beside {
  readonly kind: string;
  readonly id: string;
}

/** Whether it was there before; it is from now on. */
function isSeen(seen: Set<string>, kind: string, id: string): boolean {
  const before = seen.size;
  seen.add(`${kind}\n${id}`);
  return seen.size === before;
}

/** The runs and models that a request names, each once. */
function placesBeside(uses: readonly FieldUse[]): Beside[] {
  const seen = new Set<string>();
  return uses.flatMap(({ policy, value: id }) => {
    if (policy.class !== 'reference' || id === '') return [];
    const { kind } = policy;
    if ((kind !== 'run' && kind !== 'logged-model') || isSeen(seen, kind, id)) return [];
    return [{ kind, id }];
  });
}

function storageRefused(at: string): DenialError {
  return new DenialError(
    'storage_uri_refused',
    `${printable(at)} must be runs:/..., models:/..., or lie below the artifacts of the run or model named in the request.`,
  );
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
