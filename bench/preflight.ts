import { askOnce, type Target } from './load.ts';

<<<<<<< 8bbd7d9489a46007e8e32eafa78434fd07ed0935
/** What is wrong with a contender is said before the measuring starts. */
class PreflightError extends Error {}
=======
/** A problem with a contender, reported before the measurement. */
export class PreflightError extends Error {}
>>>>>>> c61b1b2ae3bb5d12ba3641a2ebc01a3013282ea6

/**
 * Makes sure that two targets give the same answer to the same request, byte by byte: a proxy that loses or changes
 * something is not to be compared with one that does not.
 *
 * @throws PreflightError
 */
export async function requireSameAnswer(
  name: string,
  target: Target,
  reference: Target,
  request: Buffer,
): Promise<void> {
  const [answer, expected] = [await askOnce(target, request), await askOnce(reference, request)];
  if (expected.status !== 200)
    throw new PreflightError(`the upstream answered ${expected.status}: ${expected.body}`);
  if (answer.status !== 200 || !answer.body.equals(expected.body)) {
    throw new PreflightError(
      `${name} answered ${answer.status} with ${answer.body.length} bytes, the upstream 200 with ${expected.body.length}: ${answer.body.toString('utf8', 0, 300)}`,
    );
  }
}

/**
 * Makes sure that enforcement is on: the same request without a token must be refused.
 *
 * @throws PreflightError
 */
export async function requireRefusal(name: string, target: Target, withoutToken: Buffer): Promise<void> {
  const { status } = await askOnce(target, withoutToken);
  if (status !== 401)
    throw new PreflightError(`${name} answered ${status} to a request without a token; it must be 401`);
}
