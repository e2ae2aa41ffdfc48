import type { Subject } from '../candidate.ts';
import { besides } from '../other-containers.ts';
import type { Container, Pod } from '../pod.ts';
import { isOauth2Proxy, isProxy, namesLoopback, passesToken, textsOf } from '../proxies.ts';
import { socketPath } from '../sidecar.ts';
import { ownPort } from '../target.ts';

/** Containers that would reach MLflow around the gateway, or the gateway without the token that it asks for. */
export function aroundProblems({ pod, target, wishes, settings }: Subject): string[] {
  const loopback = wishes.upstream === 'loopback';
  const place = loopback ? ownPort(target) : socketPath(settings);
  return reachProblems(pod, target.container, place, target.port);
}

/** @param place MLflow's port on loopback, or the path of its socket */
export function reachProblems(
  pod: Pod,
  mlflow: Container,
  place: number | string,
  gatewayPort: number | undefined,
): string[] {
  return besides(pod, mlflow).flatMap((other) => {
    if (typeof place === 'number')
      return isProxy(other) || namesLoopback(other, place) ? [aroundLoopback(other, place)] : [];
    if (namesSocket(other, place))
      return [
        `The container ${other.name} names MLflow's socket ${place}, and would reach MLflow without the gateway. Let it ask the gateway at 127.0.0.1${gatewayPort === undefined ? '' : `:${gatewayPort}`}.`,
      ];
    return tokenProblems(other, gatewayPort);
  });
}

const namesSocket = (container: Container, path: string): boolean =>
  textsOf(container).some((text) => text.includes(path));

const aroundLoopback = ({ name }: Container, port: number): string =>
  `The container ${name} would reach MLflow at 127.0.0.1:${port} without the gateway. Remove it (oauth2Proxy.enabled: false of community-charts/mlflow; extraContainers of MLflow's chart), or the annotation mlflow-gateway.io/upstream: loopback, so that MLflow has a socket of its own.`;

function tokenProblems(other: Container, gatewayPort: number | undefined): string[] {
  if (!isOauth2Proxy(other) || passesToken(other) !== false) return [];
  // It stands before something else, and says so.
  if (gatewayPort !== undefined && namesUpstream(other) && !namesLoopback(other, gatewayPort)) return [];
  return [
    `The container ${other.name} signs people in and does not pass their token on, without which the gateway refuses them. Give it --pass-authorization-header=true, and --skip-jwt-bearer-tokens=true for programs that bring a token (oauth2Proxy.extraArgs of community-charts/mlflow), or remove it (oauth2Proxy.enabled: false).`,
  ];
}

const namesUpstream = ({ args = [], command = [], env = [] }: Container): boolean =>
  [...command, ...args].some((word) => /^--?upstreams?(?:=|$)/.test(word)) ||
  env.some(({ name, value }) => name === 'OAUTH2_PROXY_UPSTREAMS' && value !== undefined);
