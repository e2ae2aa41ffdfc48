import { valuesAt } from '../catalog/json-path.ts';
import type { Operation, Signs } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import { counted } from '../request/bounds.ts';
import type { CanonicalRequest } from '../request/types.ts';
import { parseResponse } from '../upstream/response-json.ts';
import type { UpstreamResponse } from '../upstream/types.ts';

const SETTING = 'GW_PRESIGNED_MAX_SECONDS';

type Transform = (answer: UpstreamResponse) => Promise<Buffer> | Buffer;

/**
 * Limits for how long MLflow's signed URLs are valid. Whoever has such a URL reaches the storage without the gateway, without a
 * token and without an audit line, until it expires.
 *
 * A lifetime that the request states is checked and, where it is absent, written. A lifetime that MLflow chooses is known from
 * its source before the request is sent, or is read in the URL before the caller gets it.
 *
 * @see docs/adr/0055-signed-urls.md
 * @example
 * const signedUrls = new SignedUrls(900);
 * signedUrls.requirePermitted(head);
 * const request = signedUrls.withLifetime(await reader.readBody(head, req, headers));
 */
export class SignedUrls {
  readonly #mostSeconds: number;

  /** @param mostSeconds the longest lifetime; 0 refuses all signed URLs */
  constructor(mostSeconds: number) {
    this.#mostSeconds = mostSeconds;
  }

  /**
   * Refuses a request that MLflow would answer with a URL of a longer lifetime, whatever its body is.
   *
   * @throws DenialError `signed_url_refused`
   */
  requirePermitted(head: CanonicalRequest): void {
    const signs = signsOf(head);
    if (signs === undefined) return;
    const most = this.#mostSeconds;
    if ('seconds' in signs && signs.seconds > most)
      throw refused(
        `${signs.unsupported}: MLflow signs URLs for ${counted(signs.seconds)} seconds here, and ${this.#limit()}. Send the file through the gateway.`,
      );
    if (most === 0) throw refused(`Signed URLs are off (${SETTING}=0). Send the file through the gateway.`);
  }

  /**
   * The request with the lifetime that MLflow is asked for.
   *
   * @throws DenialError `invalid_field` for a lifetime that is too long, or not positive
   */
  withLifetime(request: CanonicalRequest): CanonicalRequest {
    if (request.operation.signs === undefined) return request;
    const field = request.operation.bodyFields.find(({ policy }) => policy?.class === 'lifetime');
    if (field?.policy?.class !== 'lifetime') return request;
    const most = this.#mostSeconds;
    const asked = request.uses.find(({ policy }) => policy.class === 'lifetime');
    if (asked === undefined) {
      const seconds = Math.min(field.policy.seconds, most);
      return { ...request, body: { ...request.body, [field.name]: seconds } };
    }
    const seconds = Number(asked.value);
    if (seconds < 1 || seconds > most)
      throw new DenialError(
        'invalid_field',
        `${asked.at} must be 1 to ${counted(most)} seconds (${SETTING}); ${counted(seconds)} were sent.`,
      );
    return request;
  }

  /**
   * Adds the check of the URLs in MLflow's response to its other rewriting.
   *
   * @returns `then` alone for a request without signed URLs
   */
  reading(request: CanonicalRequest, then: Transform | undefined): Transform | undefined {
    const signs = signsOf(request);
    if (signs === undefined || !('urls' in signs)) return then;
    return (answer) => {
      this.#requireShort(answer, signs);
      return then === undefined ? answer.body : then(answer);
    };
  }

  #requireShort({ body }: UpstreamResponse, { urls, setting }: Extract<Signs, { urls: unknown }>): void {
    const found = valuesAt(parseResponse(body), urls);
    for (const url of found.length === 0 ? [undefined] : found) {
      const seconds = lifetimeOf(url);
      if (seconds === undefined)
        throw refused(
          'The gateway cannot read in the response of MLflow how long the signed URL is valid (X-Amz-Expires).',
        );
      if (seconds <= this.#mostSeconds) continue;
      const remedy = setting === undefined ? '' : ` Set ${setting} of MLflow's server to at most that.`;
      throw refused(`MLflow signs URLs for ${counted(seconds)} seconds here, and ${this.#limit()}.${remedy}`);
    }
  }

  #limit(): string {
    return `${SETTING} permits ${counted(this.#mostSeconds)}`;
  }
}

/** How the operation signs, if the request asks for a signed URL. */
function signsOf({ operation, uses }: CanonicalRequest): Signs | undefined {
  const { signs } = operation;
  if (signs === undefined || !isOptional(operation)) return signs;
  return uses.some(({ policy, value }) => policy.class === 'presigned' && value === 'true')
    ? signs
    : undefined;
}

/** Whether a request may ask for the file instead. */
function isOptional({ query }: Operation): boolean {
  return query.some(({ policy }) => policy?.class === 'presigned');
}

/**
 * The lifetime of a signed URL of S3, in seconds: of MLflow's storages only S3 signs downloads and whole uploads.
 *
 * @returns `undefined` for text that is not such a URL
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @example
 * lifetimeOf('https://b.s3.amazonaws.com/k?X-Amz-Expires=300&X-Amz-Signature=0'); // 300
 */
export function lifetimeOf(url: unknown): number | undefined {
  const given = typeof url === 'string' ? (URL.parse(url)?.searchParams.getAll('X-Amz-Expires') ?? []) : [];
  const [seconds] = given;
  return given.length === 1 && seconds !== undefined && /^\d{1,9}$/.test(seconds)
    ? Number(seconds)
    : undefined;
}

function refused(message: string): DenialError {
  return new DenialError('signed_url_refused', message);
}
