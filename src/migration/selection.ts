import type { Site } from './artifact-locations.ts';
import type { Inventory } from './inventory.ts';
import type { Thing } from './listed-resource.ts';

/** What somebody asked to be adopted. */
export interface Wanted {
  /** Ids or names. */
  readonly experiments: readonly string[];
  readonly models: readonly string[];
  /** Everything that nobody owns, and what is untagged in what the tenant owns. */
  readonly allUnowned: boolean;
}

/** The experiments and models that were asked for, and where all experiments keep their artifacts. */
export interface Selection {
  readonly experiments: readonly Thing[];
  readonly models: readonly Thing[];
  readonly sites: readonly Site[];
}

/** Something that was asked for is not there, or not one thing. The message says which. */
export class SelectionError extends Error {}

/**
 * Finds what was asked for. Reads the list of all experiments, whose places matter, and of all models where one was
 * asked for.
 *
 * @param shared ids of experiments that every tenant may use
 * @throws SelectionError; DenialError when MLflow cannot be asked
 */
export async function select(
  { experiments, models, allUnowned }: Wanted,
  inventory: Inventory,
  { tenant, shared }: { readonly tenant: string; readonly shared: ReadonlySet<string> },
): Promise<Selection> {
  const sites: Site[] = [];
  const isOpen = ({ owner }: Thing): boolean => owner.says !== 'tenant' || owner.tenant === tenant;
  const named = new Named('experiment', experiments);
  const chosen: Thing[] = [];
  for await (const page of inventory.pages('experiment')) {
    for (const thing of page) {
      const { id, location, owner } = thing;
      if (location) sites.push({ experiment: id, owner: shared.has(id) ? '*' : nameOf(owner), location });
      if (named.takes(thing) || (allUnowned && (isOpen(thing) || shared.has(id)))) chosen.push(thing);
    }
  }
  const namedModels = new Named('registered-model', models);
  const chosenModels: Thing[] = [];
  if (models.length > 0 || allUnowned) {
    for await (const page of inventory.pages('registered-model'))
      chosenModels.push(...page.filter((one) => namedModels.takes(one) || (allUnowned && isOpen(one))));
  }
  const problems = [...named.problems(), ...namedModels.problems()];
  if (problems.length > 0) throw new SelectionError(problems.join('\n'));
  return { experiments: chosen, models: chosenModels, sites };
}

/** Whose a thing is for others: its tag, whatever it says. */
function nameOf(owner: Thing['owner']): string | undefined {
  if (owner.says === 'tenant') return owner.tenant;
  return owner.says === 'nothing' ? undefined : '(unclear)';
}

/** Things asked for by name or id, and which of them were met. */
class Named {
  readonly #kind: string;
  readonly #met: Map<string, string[]>;

  constructor(kind: string, wanted: readonly string[]) {
    this.#kind = kind;
    this.#met = new Map(wanted.map((one) => [one, []]));
  }

  takes({ id, title }: Thing): boolean {
    const byId = this.#met.get(id);
    byId?.push(id);
    const byTitle = title === undefined || title === id ? undefined : this.#met.get(title);
    byTitle?.push(id);
    return byId !== undefined || byTitle !== undefined;
  }

  problems(): string[] {
    return [...this.#met].flatMap(([wanted, ids]) => {
      const what = `${this.#kind} ${JSON.stringify(wanted)}`;
      if (ids.length === 0)
        return [`there is no ${what}; "mlflow-gateway audit-ownership" lists what there is`];
      if (new Set(ids).size === 1) return [];
      return [
        `${what} is the id of one and the name of another (ids ${ids.join(', ')}): rename that one first`,
      ];
    });
  }
}
