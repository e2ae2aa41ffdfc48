/** The injection settings are invalid. Thrown at start only, with all problems. */
export class SettingsError extends Error {
  /** One line each, starting with the path of the setting. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `The injection settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}
