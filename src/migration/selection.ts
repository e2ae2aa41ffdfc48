import type { ExperimentLocation } from './artifact-locations.ts';
import type { ListedResource } from './listed-resource.ts';
import type { Inventory } from './resource-lists.ts';

/** The resources that the user wants to adopt. */
export interface Wanted {
  /** Ids or names. */
  readonly experiments: readonly string[];
  readonly models: readonly string[];
  /** All unowned resources, and all untagged ones in the tenant's experiments and models. */
  readonly allUnowned: boolean;
}

/** The requested experiments and models, and the artifact locations of all experiments. */
export interface Selection {
  readonly experiments: readonly ListedResource[];
  readonly models: readonly ListedResource[];
  readonly experimentLocations: readonly ExperimentLocation[];
}

/** A requested resource does not exist, or its name is ambiguous. The message says which. */
export class SelectionError extends Error {}

/**
 * Looks up the requested resources. Reads the list of all experiments, because their locations matter, and of all models
 * if a model is requested.
 *
 * @param shared ids of experiments that every tenant may use
 * @throws SelectionError; DenialError if MLflow does not answer
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

/** The owner of an experiment as other tenants see it; a tag with an unclear value counts as an owner. */
function ownerName(owner: ListedResource['owner']): string | undefined {
  if (owner.says === 'tenant') return owner.tenant;
  return owner.says === 'nothing' ? undefined : '(unclear)';
}

/** Resources requested by name or id, and the ids found for each request. */
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
      const request = `${this.#kind} ${JSON.stringify(wanted)}`;
      if (ids.length === 0)
        return [`there is no ${request}; "mlflow-gateway audit-ownership" lists all unowned resources`];
      if (new Set(ids).size === 1) return [];
      return [
        `${request} is the id of one and the name of another (ids ${ids.join(', ')}): rename the latter first`,
      ];
    });
  }
}
