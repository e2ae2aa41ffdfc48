import { ProblemsError } from '../files/problems.ts';

/** The injection settings are invalid. Thrown at start only, with all problems. */
export class SettingsError extends ProblemsError {
  override readonly name = 'SettingsError';

  constructor(problems: readonly string[]) {
    super('The injection settings cannot be used', problems);
  }
}
