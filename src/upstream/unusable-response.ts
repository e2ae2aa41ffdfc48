import type { UpstreamResponse } from './types.ts';

/** Why a response shows that MLflow is unusable in its present configuration. */
export interface Unusable {
  /** What to change, as a sentence. Of the response it holds only the status and the content type. */
  readonly why: string;
  /** The cause may be temporary: it may end without a change of the configuration. */
  readonly passing: boolean;
}

/** An unusable response, for commands that send MLflow requests. Its message is a whole sentence. */
export class UnusableResponse extends Error {}

/** The request, for the message. */
export interface Question {
  /** Completes "MLflow answered 500 to ...". */
  readonly what: string;
  /** The configured static prefix of MLflow. */
  readonly prefix?: string | undefined;
  /** The `Host` that was sent, if known. */
  readonly host?: string | undefined;
}

/** The text with which MLflow 3.5 and newer refuse an unknown host (INVALID_HOST_MSG of mlflow/server/security_utils.py). */
const HOST_REFUSED = Buffer.from('Invalid Host header');
/** Far more than the length of MLflow's text. */
const READ_OF_REFUSAL = 1_024;

/**
 * Explains a response of MLflow, or of another server at its address, to an operator. All of these sentences are here;
 * `/readyz` and `mlflow-gateway check` show them.
 *
 * @returns `undefined` for a response of 2xx that is a JSON object
 * @example
 * judgeResponse(response, { what: 'a search for experiments' })?.why; // 'MLflow requires its own credentials ...'
 */
export function judgeResponse(response: UpstreamResponse, question: Question): Unusable | undefined {
  if (response.status < 200 || response.status >= 300) return judgeStatus(response, question);
  if (readObject(response.body) !== undefined) return undefined;
  return {
    why:
      `${question.what} was answered with ${kindOf(response)} instead of MLflow's JSON: GW_TARGET_BASE_URL is not MLflow's address, or ` +
      'something in front of MLflow answers (a sign-in page, a proxy). Let the gateway reach MLflow itself',
    passing: false,
  };
}

/** The same by the status alone, for responses that need not be JSON; `undefined` for 2xx. */
export function judgeStatus(response: UpstreamResponse, question: Question): Unusable | undefined {
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  const { what, prefix = '' } = question;
  const said = `MLflow answered ${status} to ${what}`;
  if (status === 401)
    return {
      why:
        `MLflow requires its own credentials (401 to ${what}): turn off its auth app (--app-name; auth.enabled, ldapAuth.enabled and ` +
        "oidcAuth.enabled of community-charts/mlflow; server.value_options.app_name of MLflow's chart), since the gateway signs people in",
      passing: false,
    };
  if (status === 403) return { why: explainForbidden(response, said, question), passing: false };
  if (status === 404) return { why: `${said}.${prefixHint(prefix)}`, passing: false };
  if (status >= 300 && status < 400)
    return {
      why:
        `${said}, a redirect: something in front of MLflow, or an auth app in it, sends callers elsewhere (to sign in, or to https). ` +
        'Let the gateway reach MLflow itself, and turn off its auth app (--app-name)',
      passing: false,
    };
  if (status === 429) return { why: `${said}: something in front of MLflow limits requests`, passing: true };
  if (status >= 500)
    return {
      why: `${said}: look into MLflow's log. Most often its database or another store cannot be used, or a proxy in front does not reach it`,
      passing: true,
    };
  return {
    why: `${said}: it may not be MLflow, or something in front of it does not let the request through`,
    passing: false,
  };
}

/** The most likely cause of a missing path. A sentence after a blank. */
function prefixHint(prefix: string): string {
  return prefix === ''
    ? ' Where MLflow has a --static-prefix, set GW_UPSTREAM_PATH_PREFIX to it.'
    : ` GW_UPSTREAM_PATH_PREFIX is ${prefix}: MLflow must be started with --static-prefix ${prefix}, and be 3.16 or newer.`;
}

/** A JSON object, or `undefined` for any other body. */
export function readObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'));
    return typeof read === 'object' && read !== null && !Array.isArray(read)
      ? (read as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

function explainForbidden({ body }: UpstreamResponse, said: string, { host }: Question): string {
  if (!body.subarray(0, READ_OF_REFUSAL).includes(HOST_REFUSED))
    return `${said}: an auth app in MLflow, or something in front of it, does not let the gateway through. Turn off the auth app (--app-name), and let the gateway reach MLflow itself`;
  const sent =
    host === undefined ? 'the host that the gateway sends' : `the host that the gateway sends (${host})`;
  return `MLflow does not accept ${sent}: set GW_UPSTREAM_HOST to a host of MLflow's --allowed-hosts (MLFLOW_SERVER_ALLOWED_HOSTS), or add this one to that list`;
}

function kindOf({ headers, body }: UpstreamResponse): string {
  const type = String(headers['content-type'] ?? '').toLowerCase();
  if (
    type.startsWith('text/html') ||
    /^\s*<(?:!doctype|html)/i.test(body.subarray(0, 256).toString('latin1'))
  )
    return 'a page (HTML)';
  return type.startsWith('application/json') ? 'other JSON, or none' : 'something else';
}
