import { type Container, isOn, variableOf } from './pod.ts';
import { readServerCommand } from './server-command.ts';

const OAUTH2_PROXY = /oauth2[-_]?proxy/i;
/** Programs that hand requests on, by image, name or command. A mesh's proxies stand before every port alike, and are none. */
const PROXY =
  /oauth2[-_]?proxy|pomerium|authelia|authentik|gatekeeper|louketo|vouch-proxy|oathkeeper|nginx|haproxy|traefik|caddy|apache|httpd|envoy/i;
const MESH = /^(?:istio-proxy|linkerd-proxy|istio-init|linkerd-init)$/;

/** Every word of a container's own that is read here, the values of its variables included. */
export const textsOf = (container: Container): string[] => [
  ...(container.command ?? []),
  ...(container.args ?? []),
  ...(container.env ?? []).map(({ value = '' }) => value),
];

const namesOf = ({ name, image = '', command = [] }: Container): string[] => [name, image, ...command];

export const isProxy = (container: Container): boolean =>
  !MESH.test(container.name) && namesOf(container).some((text) => PROXY.test(text));

export const isOauth2Proxy = (container: Container): boolean =>
  namesOf(container).some((text) => OAUTH2_PROXY.test(text));

/** Whether a container names the port of the pod's own network, as in `http://127.0.0.1:5000`. */
export function namesLoopback(container: Container, port: number): boolean {
  const address = new RegExp(
    `(?:127\\.\\d+\\.\\d+\\.\\d+|localhost|\\[?::1\\]?|0\\.0\\.0\\.0):${port}(?!\\d)`,
    'i',
  );
  return textsOf(container).some((text) => address.test(text));
}

/**
 * Whether an oauth2-proxy hands the token of whoever signed in on to its upstream, in `Authorization`. Its file cannot be seen:
 * `unknown` where it has one of the new kind, with which the option cannot be given.
 */
export function passesToken(container: Container): boolean | 'unknown' {
  const { words } = readServerCommand(container);
  const option = words.find((word) => word.startsWith('--pass-authorization-header'));
  if (option !== undefined) return !/=(?:false|0|f)$/i.test(option);
  const variable = variableOf(container, 'OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER')?.value ?? '';
  if (/^(?:true|1|t)$/i.test(variable)) return true;
  const alpha = words.some((word) => word.startsWith('--alpha-config'));
  return alpha || isOn(container, 'OAUTH2_PROXY_ALPHA_CONFIG') ? 'unknown' : false;
}
