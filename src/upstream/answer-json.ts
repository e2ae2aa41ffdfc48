import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { scanJson } from '../request/json/scan.ts';

/**
 * Parses an answer of MLflow's. Its values are counted first: what callers have stored there is in it.
 *
 * @throws DenialError `upstream_invalid`: not JSON, nested too deep, or more than `LIMITS.answerTokens` values and keys
 * @example
 * parseAnswer(Buffer.from('{"run":{}}')); // { run: {} }
 */
export function parseAnswer(body: Buffer): unknown {
  try {
    scanJson(body, LIMITS.answerTokens.value);
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new DenialError(
      'upstream_invalid',
      error instanceof DenialError
        ? 'MLflow answered with more than the gateway reads. Ask for less at once.'
        : 'MLflow answered something else than JSON.',
    );
  }
}
