import type { Runner } from './reports.ts';

/** One step of `.ci/run`. */
export interface Step {
  readonly name: string;
  /** Bash, run with `-euo pipefail` at the root of the checkout. */
  readonly run: string;
  /**
   * `one`: the exit status is one check. Otherwise the test runners with counted JSON reports: vitest writes to
   * `$VITEST_REPORT`, Playwright to `$PLAYWRIGHT_JSON_OUTPUT_FILE`.
   */
  readonly counts: 'one' | readonly Runner[];
  /** Names of steps that must pass before this one begins; if one of them fails, this one fails without being run. */
  readonly after?: readonly string[];
  /** Keeps more than one core busy: takes two slots, and two such steps never run at once. */
  readonly heavy?: boolean;
  /** Uses no slot; background steps run one at a time, at low priority. */
  readonly background?: boolean;
  /** Niceness; default 10 for background steps, else 0. */
  readonly nice?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Whether a step passed, for later steps. */
export type Execute = (step: Step) => Promise<boolean>;

export interface ScheduleOptions {
  /** The number of steps that run at once, without the one in the background; a heavy step counts as two. */
  readonly slots: number;
  readonly execute: Execute;
  /** Called for a step that is not run, with the name of the one that it needed. */
  readonly onBlocked: (step: Step, needed: string) => void;
}

/**
 * Runs all steps: in the order of the list, each as soon as it may begin.
 *
 * @throws {Error} before any step runs, if a step names one that is not in the list; and if steps wait for each other
 * @example
 * await schedule(STEPS, { slots: 2, execute: runStep, onBlocked: report });
 */
export async function schedule(steps: readonly Step[], options: ScheduleOptions): Promise<void> {
  const { slots, execute, onBlocked } = options;
  const names = new Set(steps.map((step) => step.name));
  if (names.size < steps.length) throw new Error('two steps have the same name');
  for (const { name, after = [] } of steps)
    for (const needed of after)
      if (!names.has(needed)) throw new Error(`step ${name} comes after ${needed}, which is not a step`);

  const waiting = [...steps];
  const passed = new Map<string, boolean>();
  const running = new Map<Step, Promise<void>>();
  const isReady = (step: Step): boolean => {
    if (!(step.after ?? []).every((needed) => passed.has(needed))) return false;
    const others = [...running.keys()];
    if (step.background) return !others.some((other) => other.background);
    return !(step.heavy && others.some((other) => other.heavy));
  };
  /** The next step that begins. A heavy one whose turn it is waits for two free slots, and later steps do not take them. */
  const findNext = (): Step | undefined => {
    let free = slots - [...running.keys()].reduce((sum, step) => sum + slotsOf(step), 0);
    for (const step of waiting) {
      if (!isReady(step)) continue;
      if (slotsOf(step) <= free) return step;
      if (!step.background) free = 0;
    }
    return undefined;
  };

  while (waiting.length > 0 || running.size > 0) {
    const blocked = waiting.find((step) => step.after?.some((needed) => passed.get(needed) === false));
    if (blocked) {
      waiting.splice(waiting.indexOf(blocked), 1);
      passed.set(blocked.name, false);
      onBlocked(blocked, blocked.after!.find((needed) => passed.get(needed) === false)!);
      continue;
    }
    const next = findNext();
    if (next) {
      waiting.splice(waiting.indexOf(next), 1);
      running.set(
        next,
        execute(next).then((ok) => {
          passed.set(next.name, ok);
          running.delete(next);
        }),
      );
      continue;
    }
    if (running.size === 0)
      throw new Error(`these steps wait for each other: ${waiting.map((step) => step.name).join(', ')}`);
    await Promise.race(running.values());
  }
}

const slotsOf = ({ background, heavy }: Step): number => (background ? 0 : heavy ? 2 : 1);

/**
 * The steps with one of the given texts in their names, and all steps that these need; without a text, all steps.
 *
 * @throws {Error} if a text is in no name
 * @example
 * select(STEPS, ['conformance']);
 */
export function select(steps: readonly Step[], texts: readonly string[]): readonly Step[] {
  if (texts.length === 0) return steps;
  const wanted = new Set<string>();
  const add = (step: Step): void => {
    if (wanted.has(step.name)) return;
    wanted.add(step.name);
    for (const needed of steps) if (step.after?.includes(needed.name)) add(needed);
  };
  for (const text of texts) {
    const found = steps.filter((step) => step.name.includes(text));
    if (found.length === 0) throw new Error(`no step has ${text} in its name`);
    found.forEach(add);
  }
  return steps.filter((step) => wanted.has(step.name));
}
