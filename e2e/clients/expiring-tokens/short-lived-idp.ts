import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { DemoClaims, DemoIdp } from '../../../dev/demo-idp.ts';
import { listenOnLoopback } from '../../../dev/loopback.ts';

export interface ShortLivedIdpOptions {
  /** Signs the tokens; the gateway trusts it. */
  readonly idp: DemoIdp;
  readonly claims: DemoClaims;
  /** How long a token lives. */
  readonly seconds: number;
  /** The `expires_in` of responses. Default: `seconds`, the truth. */
  readonly saidSeconds?: number;
}

export interface ShortLivedIdp {
  readonly issuer: string;
  /** The grants of the tokens issued so far: `client_credentials`, ... */
  issued(): readonly string[];
  stop(): Promise<void>;
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

/**
 * Starts the endpoints of an identity provider whose tokens live a few seconds: discovery, client credentials (RFC 6749 section 4.4),
 * the device flow (RFC 8628), in which somebody signs in between the first and the second poll, and refresh tokens that are valid once.
 *
 * @example
 * const tokens = await startShortLivedIdp({ idp, claims: { sub: 'ada', tenant_id: 'team-a' }, seconds: 10 });
 */
export async function startShortLivedIdp(options: ShortLivedIdpOptions): Promise<ShortLivedIdp> {
  const { idp, claims, seconds, saidSeconds = seconds } = options;
  const issued: string[] = [];
  let polls = 0;
  let refresh = 0;

  const issue = async (grant: string): Promise<Answer> => {
    issued.push(grant);
    const access_token = await idp.token({ ...claims, jti: `${issued.length}` }, { expiresIn: seconds });
    const more = grant === 'client_credentials' ? {} : { refresh_token: `refresh-${++refresh}` };
    return [200, { access_token, token_type: 'Bearer', expires_in: saidSeconds, ...more }];
  };

  const answer = async (req: IncomingMessage): Promise<Answer> => {
    const form = new URLSearchParams(await text(req));
    switch (`${req.method} ${req.url} ${form.get('grant_type') ?? ''}`.trim()) {
      case 'GET /.well-known/openid-configuration':
        return [
          200,
          { issuer, token_endpoint: `${issuer}/token`, device_authorization_endpoint: `${issuer}/device` },
        ];
      case 'POST /token client_credentials':
        return form.get('client_secret') === 'secret'
          ? issue('client_credentials')
          : refuse('invalid_client');
      case 'POST /device': {
        const verification_uri = 'https://idp.example.com/device';
        return [200, { device_code: 'd', user_code: 'ABCD', verification_uri, expires_in: 60, interval: 1 }];
      }
      case `POST /token ${DEVICE_GRANT}`:
        return polls++ === 0 ? refuse('authorization_pending') : issue('device_code');
      case 'POST /token refresh_token':
        return form.get('refresh_token') === `refresh-${refresh}`
          ? issue('refresh_token')
          : refuse('invalid_grant');
      default:
        return [404, { error: 'not_found' }];
    }
  };

  const server = createServer((req, res) => {
    answer(req).then(
      (answered) => send(res, answered),
      (error: unknown) => send(res, [500, { error: String(error) }]),
    );
  });
  const { address: issuer, stop } = await listenOnLoopback(server);
  return { issuer, issued: () => [...issued], stop };
}

type Answer = readonly [status: number, body: object];

const refuse = (error: string): Answer => [400, { error }];

function send(res: ServerResponse, [status, body]: Answer): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
