import type { Kinds } from '../tenancy/kinds.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import { KINDS_IN_EXPERIMENTS, nameOf, STANDALONE_KINDS } from './context.ts';
import type { ListedResource } from './listed-resource.ts';
import { versionsOf } from './model-versions.ts';
import { Inventory } from './resource-lists.ts';

/** A problem with the owner of one resource. */
export interface Problem {
  /**
   * `unowned`: no tenant owns it. `crossed`: it belongs to another tenant than its container. `unclear`: the value of its
   * tag is not a valid tenant name.
   */
  readonly is: 'unowned' | 'crossed' | 'unclear';
  readonly kind: string;
  readonly id: string;
  readonly title?: string;
  readonly in?: string;
  /** For `unowned`: the number of resources in it, by kind. */
  readonly holds?: Readonly<Record<string, number>>;
  readonly why?: string;
  /** For `crossed`: the owners of the resource and of its container. */
  readonly tenants?: readonly string[];
}

/** Numbers of a tenant's resources of one kind. */
export interface Owned {
  owned: number;
  /** Of these, resources without a tag of their own: reachable by id, but not found by searches. */
  untagged: number;
}

/** The owners of all resources. */
export interface Audit {
  /** Tenant -> kind -> numbers. */
  readonly tenants: Record<string, Record<string, Owned>>;
  /** At most `MAX_PROBLEMS` of each sort; `numbers` counts all. */
  readonly problems: Problem[];
  readonly numbers: Record<Problem['is'], number>;
}

/** Maximum number of problems listed for each sort. */
const MAX_PROBLEMS = 1_000;

export interface AuditOptions {
  readonly upstream: Upstream;
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  /** GW_SHARED_EXPERIMENTS. */
  readonly shared: ReadonlySet<string>;
  readonly progress: (text: string) => void;
}

/**
 * Reads all resources, a page at a time, and reports their owners. Changes nothing.
 *
 * @throws DenialError if MLflow does not answer
 * @example
 * const { tenants, numbers } = await auditOwnership(options);
 */
export async function auditOwnership(options: AuditOptions): Promise<Audit> {
  const auditor = new Auditor(options);
  await auditor.read();
  return auditor.audit;
}

class Auditor {
  readonly audit: Audit = {
    // `constructor` is a valid tenant name.
    tenants: Object.create(null) as Audit['tenants'],
    problems: [],
    numbers: { unowned: 0, crossed: 0, unclear: 0 },
  };
  readonly #options: AuditOptions;
  readonly #inventory: Inventory;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#inventory = new Inventory(options.upstream, options.kinds, options.tag);
  }

  async read(): Promise<void> {
    const { progress } = this.#options;
    for await (const page of this.#inventory.pages('experiment'))
      for (const experiment of page) await this.#auditResource(experiment, this.#contentsOf(experiment));
    for await (const page of this.#inventory.pages('registered-model'))
      for (const model of page) {
        await this.#auditResource(model, versionsOf(model, this.#inventory));
        progress(`registered model ${model.id}`);
      }
    for (const kind of STANDALONE_KINDS)
      for await (const page of this.#inventory.pages(kind))
        for (const resource of page) await this.#auditResource(resource, nothing());
  }

  async *#contentsOf(experiment: ListedResource): AsyncGenerator<ListedResource> {
    for (const kind of KINDS_IN_EXPERIMENTS) {
      let count = 0;
      for await (const page of this.#inventory.pages(kind, { within: experiment.id })) {
        yield* page;
        count += page.length;
        this.#options.progress(`experiment ${experiment.id}: ${count.toLocaleString('en')} ${kind}s seen`);
      }
    }
  }

  async #auditResource(resource: ListedResource, children: AsyncIterable<ListedResource>): Promise<void> {
    const isShared = resource.kind === 'experiment' && this.#options.shared.has(resource.id);
    const { owner } = resource;
    const tenant = owner.says === 'tenant' ? owner.tenant : undefined;
    const holds: Record<string, number> = {};
    for await (const child of children) {
      if (child.owner.says === 'unclear') this.#problem('unclear', child, resource, { why: child.owner.why });
      else if (child.owner.says === 'tenant') {
        this.#count(child.owner.tenant, child.kind, false);
        if (!isShared && child.owner.tenant !== tenant) {
          const container = tenant === undefined ? 'is unowned' : `belongs to ${tenant}`;
          const tenants = [child.owner.tenant, ...(tenant === undefined ? [] : [tenant])];
          this.#problem('crossed', child, resource, {
            why: `it belongs to ${child.owner.tenant}, but its ${resource.kind} ${container}`,
            tenants,
          });
        }
      } else if (isShared) this.#problem('unowned', child, resource);
      else if (tenant !== undefined) this.#count(tenant, child.kind, true);
      else holds[child.kind] = (holds[child.kind] ?? 0) + 1;
    }
    if (isShared || resource.serverOwned) return;
    if (owner.says === 'unclear') this.#problem('unclear', resource, undefined, { why: owner.why });
    else if (owner.says === 'nothing')
      this.#problem('unowned', resource, undefined, Object.keys(holds).length === 0 ? {} : { holds });
    else this.#count(owner.tenant, resource.kind, false);
  }

  #count(tenant: string, kind: string, untagged: boolean): void {
    const { tenants } = this.audit;
    tenants[tenant] ??= {};
    tenants[tenant][kind] ??= { owned: 0, untagged: 0 };
    tenants[tenant][kind].owned += 1;
    if (untagged) tenants[tenant][kind].untagged += 1;
  }

  #problem(
    is: Problem['is'],
    resource: ListedResource,
    within?: ListedResource,
    more: Pick<Problem, 'holds' | 'why' | 'tenants'> = {},
  ): void {
    const { numbers, problems } = this.audit;
    numbers[is] += 1;
    if (numbers[is] <= MAX_PROBLEMS) problems.push({ is, ...nameOf(resource, within), ...more });
  }
}

async function* nothing(): AsyncGenerator<ListedResource> {}
