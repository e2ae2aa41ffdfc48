/** A file or settings of the configuration cannot be used: all problems together. */
export abstract class ProblemsError extends Error {
  /** One line each, starting with the path in the file, or with the option. */
  readonly problems: readonly string[];

  /** @param what a sentence without its full stop: `The roles are misconfigured` */
  constructor(what: string, problems: readonly string[]) {
    super(`${what}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * The lines that describe an error: its `problems`, or its message.
 *
 * @example
 * problemsOf(new Error('there is no such file')); // ['there is no such file']
 */
export function problemsOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  if ('problems' in error && Array.isArray(error.problems)) return error.problems.map(String);
  return [error.message];
}
