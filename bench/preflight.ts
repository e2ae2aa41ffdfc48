import { askOnce, type Target } from './load.ts';

/** A problem with a contender, reported before the measurement. */
class PreflightError extends Error {}

/**
 * Makes sure that two targets give the same response to the same request, byte by byte: a proxy that changes a response must not be
 * compared with one that does not.
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
 * Makes sure that the gateway enforces: it must refuse the same request without a token.
 *
 * @throws PreflightError
 */
export async function requireRefusal(name: string, target: Target, withoutToken: Buffer): Promise<void> {
  const { status } = await askOnce(target, withoutToken);
  if (status !== 401)
    throw new PreflightError(`${name} answered ${status} to a request without a token; it must be 401`);
}
