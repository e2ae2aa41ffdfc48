/**
 * The role configuration cannot be used. Thrown at start only, with every problem at once, so that a policy is
 * mended in one go.
 */
export class PolicyError extends Error {
  /** One line each, starting with the path or the option it is about. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The role policy cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'PolicyError';
    this.problems = problems;
  }
}
