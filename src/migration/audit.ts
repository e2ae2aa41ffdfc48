import type { Kinds } from '../tenancy/kinds.ts';
import type { TenantTag } from '../tenancy/tags/tenant-tag.ts';
import type { Upstream } from '../upstream/types.ts';
import { KINDS_LOOSE, KINDS_WITHIN, named } from './context.ts';
import { Inventory } from './inventory.ts';
import type { Thing } from './thing.ts';
import { versionsOf } from './versions.ts';

/** What is wrong with whose one thing is. */
export interface Problem {
  /**
   * `unowned`: nobody's. `crossed`: it belongs to another tenant than what it is in. `unclear`: its tag names nobody
   * that a tenant can be called like.
   */
  readonly is: 'unowned' | 'crossed' | 'unclear';
  readonly kind: string;
  readonly id: string;
  readonly title?: string;
  readonly in?: string;
  /** For `unowned`: what is in it, by kind. */
  readonly holds?: Readonly<Record<string, number>>;
  readonly why?: string;
  /** For `crossed`: the tenants concerned. */
  readonly tenants?: readonly string[];
}

/** How many things of a kind are a tenant's. */
export interface Owned {
  owned: number;
  /** Of these, without a tag of their own: reached by their ids, and not found by searches. */
  untagged: number;
}

/** Who owns what. */
export interface Audit {
  /** Tenant -> kind -> how many. */
  readonly tenants: Record<string, Record<string, Owned>>;
  /** Problems, of each sort at most `MOST_PROBLEMS`; `numbers` counts all. */
  readonly problems: Problem[];
  readonly numbers: Record<Problem['is'], number>;
}

/** Problems of a sort that are told one by one. */
export const MOST_PROBLEMS = 1_000;

export interface AuditOptions {
  readonly upstream: Upstream;
  readonly kinds: Kinds;
  readonly tag: TenantTag;
  /** GW_SHARED_EXPERIMENTS. */
  readonly shared: ReadonlySet<string>;
  readonly progress: (text: string) => void;
}

/**
 * Reads everything there is, a page at a time, and says whose it is. Changes nothing.
 *
 * @throws DenialError when MLflow cannot be asked
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
    // A tenant may be called `constructor`.
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
      for (const experiment of page) await this.#container(experiment, this.#within(experiment));
    for await (const page of this.#inventory.pages('registered-model'))
      for (const model of page) {
        await this.#container(model, versionsOf(model, this.#inventory));
        progress(`registered model ${model.id}`);
      }
    for (const kind of KINDS_LOOSE)
      for await (const page of this.#inventory.pages(kind))
        for (const thing of page) await this.#container(thing, none());
  }

  async *#within(experiment: Thing): AsyncGenerator<Thing> {
    for (const kind of KINDS_WITHIN) {
      let met = 0;
      for await (const page of this.#inventory.pages(kind, { within: experiment.id })) {
        yield* page;
        met += page.length;
        this.#options.progress(`experiment ${experiment.id}: ${met.toLocaleString('en')} ${kind}s seen`);
      }
    }
  }

  async #container(thing: Thing, children: AsyncIterable<Thing>): Promise<void> {
    const isShared = thing.kind === 'experiment' && this.#options.shared.has(thing.id);
    const { owner } = thing;
    const whose = owner.says === 'tenant' ? owner.tenant : undefined;
    const holds: Record<string, number> = {};
    for await (const child of children) {
      if (child.owner.says === 'unclear') this.#problem('unclear', child, thing, { why: child.owner.why });
      else if (child.owner.says === 'tenant') {
        this.#count(child.owner.tenant, child.kind, false);
        if (!isShared && child.owner.tenant !== whose) {
          const rest = whose === undefined ? "nobody's" : `${whose}'s`;
          const tenants = [child.owner.tenant, ...(whose === undefined ? [] : [whose])];
          this.#problem('crossed', child, thing, {
            why: `${child.owner.tenant}'s, in what is ${rest}`,
            tenants,
          });
        }
      } else if (isShared) this.#problem('unowned', child, thing);
      else if (whose !== undefined) this.#count(whose, child.kind, true);
      else holds[child.kind] = (holds[child.kind] ?? 0) + 1;
    }
    if (isShared || thing.serverOwned) return;
    if (owner.says === 'unclear') this.#problem('unclear', thing, undefined, { why: owner.why });
    else if (owner.says === 'nothing')
      this.#problem('unowned', thing, undefined, Object.keys(holds).length === 0 ? {} : { holds });
    else this.#count(owner.tenant, thing.kind, false);
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
    thing: Thing,
    within?: Thing,
    more: Pick<Problem, 'holds' | 'why' | 'tenants'> = {},
  ): void {
    const { numbers, problems } = this.audit;
    numbers[is] += 1;
    if (numbers[is] <= MOST_PROBLEMS) problems.push({ is, ...named(thing, within), ...more });
  }
}

async function* none(): AsyncGenerator<Thing> {}
