import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { scanJson } from '../request/json/scan.ts';

/**
 * Parses a response of MLflow. Its values are counted first, since it contains data that callers have stored.
 *
 * @throws DenialError `upstream_invalid`: not JSON, nested too deep, or more than `LIMITS.responseTokens` values and keys
 * @example
 * parseResponse(Buffer.from('{"run":{}}')); // { run: {} }
 */
export function parseResponse(body: Buffer): unknown {
  try {
    scanJson(body, LIMITS.responseTokens.value);
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new DenialError(
      'upstream_invalid',
      error instanceof DenialError
        ? 'The response of MLflow has more values than the gateway reads. Request less data.'
        : 'The response of MLflow is not JSON.',
    );
  }
}
