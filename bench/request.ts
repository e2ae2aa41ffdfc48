import { WORKSPACE } from './shapes.ts';

/** A request, rendered once and sent many times. */
export interface Rendered {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly json?: unknown;
}

/**
 * The bytes of a request as MLflow's Python client sends it, with a bearer token and the workspace. Every contender gets
 * the same bytes and ignores the header fields that it does not use.
 *
 * @param workspace an empty one for an MLflow without workspaces, which refuses the header
 *
 * @example
 * renderRequest({ method: 'GET', path: '/api/2.0/mlflow/runs/get?run_id=1' }, token);
 */
export function renderRequest(request: Rendered, token: string | undefined, workspace = WORKSPACE): Buffer {
  return renderWith(request, [
    ...(workspace === '' ? [] : [`X-MLFLOW-WORKSPACE: ${workspace}`]),
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
  ]);
}

/**
 * The bytes of a request with other header fields.
 *
 * @example
 * renderWith({ method: 'GET', path: '/health' }, ['Authorization: Basic YTpi']);
 */
export function renderWith({ method, path, json }: Rendered, fields: readonly string[]): Buffer {
  const body = json === undefined ? '' : JSON.stringify(json);
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: mlflow-python-client/3.17.2',
    'Accept-Encoding: gzip, deflate',
    'Accept: */*',
    'Connection: keep-alive',
    ...fields,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
