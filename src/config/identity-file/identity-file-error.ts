import { ProblemsError } from '../../files/problems.ts';

/** The identity file cannot be used. Thrown at start and when the file is read again, with all problems together. */
export class IdentityFileError extends ProblemsError {
  override readonly name = 'IdentityFileError';

  constructor(problems: readonly string[]) {
    super('The identity file cannot be used', problems);
  }
}
