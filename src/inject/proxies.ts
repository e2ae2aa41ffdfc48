import { type Container, isOn, variableOf } from './pod.ts';
import { readServerCommand } from './server-command.ts';

const OAUTH2_PROXY = /oauth2[-_]?proxy/i;
/** Proxies, by image, name or command. The sidecars of a service mesh serve every port alike and do not count. */
const PROXY =
  /oauth2[-_]?proxy|pomerium|authelia|authentik|gatekeeper|louketo|vouch-proxy|oathkeeper|nginx|haproxy|traefik|caddy|apache|httpd|envoy/i;
const MESH = /^(?:istio-proxy|linkerd-proxy|istio-init|linkerd-init)$/;

/** The command, arguments and variable values of a container. */
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

/** Whether a container names the port on loopback, as in `http://127.0.0.1:5000`. */
export function namesLoopback(container: Container, port: number): boolean {
  const address = new RegExp(
    `(?:127\\.\\d+\\.\\d+\\.\\d+|localhost|\\[?::1\\]?|0\\.0\\.0\\.0):${port}(?!\\d)`,
    'i',
  );
  return textsOf(container).some((text) => address.test(text));
}

/**
 * Whether an oauth2-proxy passes the user's token to its upstream in `Authorization`. `unknown` with `--alpha-config`: its
 * file cannot be read here, and excludes the option.
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
