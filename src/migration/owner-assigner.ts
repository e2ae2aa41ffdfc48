import { forEachAtOnce } from '../concurrency/at-once.ts';
import { askAnew, type Context, isAlone, isOf, named } from './context.ts';
import type { Thing } from './listed-resource.ts';
import type { Report } from './report.ts';
import { RefusedError, type Tagger } from './resource-writer.ts';

/** Writes under way at once. MLflow's databases gain little from more, and its other users lose. */
export const WRITES_AT_ONCE = 4;

/** Gives things to the tenant, or only counts them where there is nothing to write with. */
export class Giver {
  readonly #context: Context;
  readonly tagger: Tagger | undefined;

  /** @param tagger none in a dry run */
  constructor(context: Context, tagger: Tagger | undefined) {
    this.#context = context;
    this.tagger = tagger;
  }

  /**
   * Gives one thing.
   *
   * @param ask whether to ask before and after whose it is, since MLflow cannot set a tag only where there is none. Not
   *   needed in what is the tenant's own, where nobody else tags anything
   * @returns whether it is the tenant's now (in a dry run: would be)
   * @throws DenialError when MLflow cannot be asked
   */
  async give(thing: Thing, ask: boolean, report: Report): Promise<boolean> {
    const { tenant } = this.#context;
    const count = report.of(thing.kind);
    const before = ask && this.tagger !== undefined ? await this.#owner(thing) : undefined;
    if (isOf(tenant, thing) || before === tenant) {
      count.already += 1;
      return true;
    }
    if (before !== undefined) {
      report.add({ result: 'left', ...named(thing), why: `it was given to ${before} meanwhile` });
      return false;
    }
    try {
      await this.tagger?.give(thing, tenant);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      report.add({ result: 'failed', ...named(thing), why: error.message });
      return false;
    }
    if (ask && this.tagger !== undefined && !(await this.confirm(thing, report))) return false;
    count.adopted += 1;
    if (isAlone(thing)) report.noteAdopted(named(thing));
    return true;
  }

  /** Gives several, some at once. @throws DenialError */
  giveAll(things: readonly Thing[], ask: boolean, report: Report): Promise<void> {
    return forEachAtOnce(things, WRITES_AT_ONCE, async (thing) => void (await this.give(thing, ask, report)));
  }

  /** Whether a thing that was given is the tenant's still. @throws DenialError */
  async confirm(thing: Thing, report: Report): Promise<boolean> {
    const owner = await this.#owner(thing);
    if (owner === this.#context.tenant) return true;
    const why =
      owner === undefined
        ? 'MLflow took the tag and does not show it: look at it, and run this again'
        : `it was given to ${owner} meanwhile: two adoptions ran at once, and what is in it may be either's`;
    report.add({ result: 'failed', ...named(thing), why });
    return false;
  }

  async #owner(thing: Thing): Promise<string | undefined> {
    return (await askAnew(this.#context, thing))?.owner;
  }
}
