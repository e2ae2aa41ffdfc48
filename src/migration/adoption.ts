import { lookupTurns } from '../concurrency/turns.ts';
import { keyOf } from '../tenancy/reference.ts';
import { ResourceLookup } from '../tenancy/tags/settle/resource-lookup.ts';
import { adoptExperiment } from './adopt-experiment.ts';
import { adoptModel } from './adopt-model.ts';
import { adoptStandalone } from './adopt-standalone.ts';
import { ArtifactLocations } from './artifact-locations.ts';
import { canAdopt } from './can-adopt.ts';
import { type AdoptionOptions, type Context, STANDALONE_KINDS } from './context.ts';
import { OwnerAssigner } from './owner-assigner.ts';
import { Report } from './report.ts';
import { Inventory } from './resource-lists.ts';
import { ResourceWriter } from './resource-writer.ts';
import { select, type Wanted } from './selection.ts';
import { VersionSourceCheck } from './version-source-check.ts';

/**
 * Gives unowned resources to a tenant, in two passes over the same data: the first reads and checks, the second checks
 * again and tags. Each can be stopped at any time and run again: resources with the tag are skipped.
 *
 * Memory: one page of runs or traces, and a few hundred bytes for each experiment and model.
 *
 * @example
 * const adoption = await Adoption.prepare(options, { experiments: ['churn'], models: [], allUnowned: false });
 * const plan = await adoption.plan();
 * const done = await adoption.carryOut();
 */
export class Adoption {
  readonly #context: Context;

  private constructor(context: Context) {
    this.#context = context;
  }

  /**
   * Looks up the requested resources.
   *
   * @throws SelectionError for a resource that does not exist; DenialError if MLflow does not answer
   */
  static async prepare(options: AdoptionOptions, wanted: Wanted): Promise<Adoption> {
    const { upstream, kinds, tag, tenant, artifactRoot } = options;
    const inventory = new Inventory(upstream, kinds, tag);
    const selection = await select(wanted, inventory, options);
    return new Adoption({
      ...options,
      wanted,
      selection,
      inventory,
      locations: new ArtifactLocations(tenant, selection.experimentLocations, artifactRoot),
      blocked: new Set(),
      planned: new Set(),
    });
  }

  /** Reports the changes without making them. @throws DenialError if MLflow does not answer */
  plan(): Promise<Report> {
    return this.#pass(undefined);
  }

  /**
   * Carries out the plan. Resources that the plan leaves alone stay unchanged.
   *
   * @throws DenialError if MLflow does not answer
   */
  carryOut(): Promise<Report> {
    const { upstream, kinds } = this.#context;
    return this.#pass(new ResourceWriter(upstream, kinds, this.#context.tag));
  }

  async #pass(writer: ResourceWriter | undefined): Promise<Report> {
    const context = this.#context;
    const { selection, planned, upstream, kinds, tag } = context;
    const assigner = new OwnerAssigner(context, writer);
    const report = new Report();
    for (const experiment of selection.experiments)
      await adoptExperiment(experiment, context, assigner, report);
    // A version may be read from another model of the same adoption.
    for (const model of selection.models)
      if (canAdopt(model, context, new Report())) planned.add(keyOf(model));
    const sourceCheck = new VersionSourceCheck({
      ...context,
      resources: new ResourceLookup(upstream, kinds, tag, lookupTurns()),
    });
    for (const model of selection.models) await adoptModel(model, sourceCheck, context, assigner, report);
    for (const kind of STANDALONE_KINDS) await adoptStandalone(kind, context, assigner, report);
    return report;
  }
}
