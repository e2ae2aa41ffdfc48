import { lookupTurns } from '../concurrency/turns.ts';
import { Holdings } from '../tenancy/tags/holdings.ts';
import { adoptExperiment } from './adopt-experiment.ts';
import { adoptModel } from './adopt-model.ts';
import { adoptStandalone } from './adopt-standalone.ts';
import { ArtifactLocations } from './artifact-locations.ts';
import { canAdopt } from './can-adopt.ts';
import { type AdoptionOptions, type Context, keyOf, STANDALONE_KINDS } from './context.ts';
import { Inventory } from './inventory.ts';
import { OwnerAssigner } from './owner-assigner.ts';
import { Report } from './report.ts';
import { ResourceWriter } from './resource-writer.ts';
import { select, type Wanted } from './selection.ts';
import { VersionSourceCheck } from './version-source-check.ts';

/**
 * Gives a tenant what nobody owns, in two passes over the same data: the first reads and judges, the second judges once
 * more and tags. Either can be stopped at any time and begun anew: what has the tag is passed over.
 *
 * Memory: a page of runs or traces, whatever their number, and a few hundred bytes for each experiment and model.
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
   * Finds what was asked for.
   *
   * @throws SelectionError for something that is not there; DenialError when MLflow cannot be asked
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

  /** What would be done. Changes nothing. @throws DenialError when MLflow cannot be asked */
  plan(): Promise<Report> {
    return this.#pass(undefined);
  }

  /**
   * Does what the plan said, and no more: what the plan left alone is left alone.
   *
   * @throws DenialError when MLflow cannot be asked any more
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
    // A version may be read from another model that is given too.
    for (const model of selection.models)
      if (canAdopt(model, context, new Report())) planned.add(keyOf(model));
    const sourceCheck = new VersionSourceCheck({
      ...context,
      holdings: new Holdings(upstream, kinds, tag, lookupTurns()),
    });
    for (const model of selection.models) await adoptModel(model, sourceCheck, context, assigner, report);
    for (const kind of STANDALONE_KINDS) await adoptStandalone(kind, context, assigner, report);
    return report;
  }
}
