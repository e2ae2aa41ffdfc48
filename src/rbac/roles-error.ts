/**
 * The roles are misconfigured. Thrown at start only, with all problems together.
 */
export class RolesError extends Error {
  /** One line each, starting with the path or the option. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The roles are misconfigured:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'RolesError';
    this.problems = problems;
  }
}
