import { OPERATIONS } from '../catalog/generated/catalog.ts';
import type { ServerFacts } from '../mlflow/server-facts.ts';

/** The time for which MLflow signs the URLs of a multipart upload, in seconds. No setting changes it. */
const MULTIPART_SECONDS = Math.max(
  ...OPERATIONS.map(({ signs }) => (signs !== undefined && 'seconds' in signs ? signs.seconds : 0)),
);

/**
 * Settings of MLflow by which artifacts bypass the gateway, and those that the gateway's maximum for signed URLs makes ineffective.
 *
 * @param maxSeconds `GW_PRESIGNED_MAX_SECONDS`
 * @example
 * signedUrlWarnings({ workspacesEnabled: true, presignedOnly: false, multipartUploads: true }, 900).length; // 1
 */
export function signedUrlWarnings(facts: ServerFacts, maxSeconds: number): string[] {
  const isSigned = maxSeconds >= MULTIPART_SECONDS;
  const need = `GW_PRESIGNED_MAX_SECONDS is ${maxSeconds}, and MLflow signs the parts of an upload for ${MULTIPART_SECONDS} seconds`;
  const bypass = `anyone with such a URL reaches the storage without the gateway until the URL expires (docs/storage.md)`;
  const warnings: string[] = [];
  if (facts.presignedOnly)
    warnings.push(
      maxSeconds === 0
        ? 'artifacts: MLflow does not transfer artifacts of runs and models itself (--artifacts-presigned-only), and GW_PRESIGNED_MAX_SECONDS=0 refuses all signed URLs, so these artifacts cannot be read or written. Change one of the two settings'
        : isSigned
          ? `artifacts: MLflow does not transfer artifacts of runs and models itself (--artifacts-presigned-only), so clients use signed URLs: ${bypass}`
          : `artifacts: MLflow does not transfer artifacts of runs and models itself (--artifacts-presigned-only), and the gateway refuses multipart uploads: ${need}. Set it to ${MULTIPART_SECONDS}, or remove MLflow's option`,
    );
  else if (facts.multipartUploads)
    warnings.push(
      isSigned
        ? `artifacts: MLflow offers multipart uploads (MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD), which go by signed URLs: ${bypass}`
        : `artifacts: MLflow offers multipart uploads (MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD), and the gateway refuses them: ${need}. Clients upload through the gateway instead`,
    );
  return warnings;
}
