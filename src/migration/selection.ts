import type { ExperimentLocation } from './artifact-locations.ts';
import type { Inventory } from './inventory.ts';
import type { ListedResource } from './listed-resource.ts';

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
  readonly experiments: readonly ListedResource[];
  readonly models: readonly ListedResource[];
  readonly experimentLocations: readonly ExperimentLocation[];
}

/** Something that was asked for is not there, or not one resource. The message says which. */
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
  const experimentLocations: ExperimentLocation[] = [];
  const canBelongToTenant = ({ owner }: ListedResource): boolean =>
    owner.says !== 'tenant' || owner.tenant === tenant;
  const requestedExperiments = new RequestedResources('experiment', experiments);
  const chosen: ListedResource[] = [];
  for await (const page of inventory.pages('experiment')) {
    for (const resource of page) {
      const { id, location, owner } = resource;
      if (location)
        experimentLocations.push({
          experiment: id,
          owner: shared.has(id) ? '*' : ownerName(owner),
          location,
        });
      if (
        requestedExperiments.matches(resource) ||
        (allUnowned && (canBelongToTenant(resource) || shared.has(id)))
      )
        chosen.push(resource);
    }
  }
  const requestedModels = new RequestedResources('registered-model', models);
  const chosenModels: ListedResource[] = [];
  if (models.length > 0 || allUnowned) {
    for await (const page of inventory.pages('registered-model'))
      chosenModels.push(
        ...page.filter((one) => requestedModels.matches(one) || (allUnowned && canBelongToTenant(one))),
      );
  }
  const problems = [...requestedExperiments.problems(), ...requestedModels.problems()];
  if (problems.length > 0) throw new SelectionError(problems.join('\n'));
  return { experiments: chosen, models: chosenModels, experimentLocations };
}

/** Whose a thing is for others: its tag, whatever it says. */
function ownerName(owner: ListedResource['owner']): string | undefined {
  if (owner.says === 'tenant') return owner.tenant;
  return owner.says === 'nothing' ? undefined : '(unclear)';
}

/** Things asked for by name or id, and which of them were count. */
class RequestedResources {
  readonly #kind: string;
  readonly #idsByRequest: Map<string, string[]>;

  constructor(kind: string, wanted: readonly string[]) {
    this.#kind = kind;
    this.#idsByRequest = new Map(wanted.map((one) => [one, []]));
  }

  matches({ id, title }: ListedResource): boolean {
    const byId = this.#idsByRequest.get(id);
    byId?.push(id);
    const byTitle = title === undefined || title === id ? undefined : this.#idsByRequest.get(title);
    byTitle?.push(id);
    return byId !== undefined || byTitle !== undefined;
  }

  problems(): string[] {
    return [...this.#idsByRequest].flatMap(([wanted, ids]) => {
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
