import { ProblemsError } from '../files/problems.ts';

/**
 * The roles are misconfigured. Thrown at start only, with all problems together.
 */
export class RolesError extends ProblemsError {
  override readonly name = 'RolesError';

  constructor(problems: readonly string[]) {
    super('The roles are misconfigured', problems);
  }
}
