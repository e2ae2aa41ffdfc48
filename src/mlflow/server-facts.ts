import { SERVER_INFO } from '../catalog/generated/catalog.ts';
import type { Upstream } from '../upstream/types.ts';
import { judgeResponse, readObject, UnusableResponse } from '../upstream/unusable-response.ts';
import { callOperation, writeCall } from './call.ts';

/** The features that MLflow reports of itself. */
export interface ServerFacts {
  readonly workspacesEnabled: boolean;
  /** MLflow transfers no artifacts of runs and models itself (3.18: `--artifacts-presigned-only`). */
  readonly presignedOnly: boolean;
  /** MLflow offers multipart uploads, with a signed URL for each part (`MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD`); known from 3.18 on. */
  readonly multipartUploads: boolean;
}

const NONE: ServerFacts = { workspacesEnabled: false, presignedOnly: false, multipartUploads: false };

/**
 * Reads MLflow's server-info. An older MLflow has none (404) and has no workspaces. One with a static prefix is never older: there,
 * 404 means that the prefix is wrong, and the features are unknown.
 *
 * @param prefix MLflow's static prefix
 * @throws UnusableResponse if the response is not MLflow's, with the remedy in a sentence
 */
export async function readServerFacts(
  upstream: Pick<Upstream, 'ask' | 'host'>,
  prefix?: string,
): Promise<ServerFacts> {
  const answer = await upstream.ask(writeCall(callOperation('serverInfo'), {}, {}), { timeoutMs: 5_000 });
  if (answer.status === 404) {
    if (prefix === undefined) return NONE;
    throw new UnusableResponse(
      `server-info is not below ${prefix} (GW_UPSTREAM_PATH_PREFIX); MLflow 3.16 or newer has its whole API below --static-prefix`,
    );
  }
  const wrong = judgeResponse(answer, { what: 'server-info', prefix, host: upstream.host });
  if (wrong !== undefined) throw new UnusableResponse(wrong.why);
  const info = readObject(answer.body);
  return {
    workspacesEnabled: info?.[SERVER_INFO.workspaces] === true,
    presignedOnly: info?.[SERVER_INFO.presignedOnly] === true,
    multipartUploads: info?.[SERVER_INFO.multipartUploads] === true,
  };
}
