/** The identity file cannot be used. Thrown at start and when the file is read again, with all problems together. */
export class IdentityFileError extends Error {
  /** One line each, starting with the path in the file: `issuers[1].grants[0].pattern: ...`. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The identity file cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'IdentityFileError';
    this.problems = problems;
  }
}
