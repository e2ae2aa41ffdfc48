import type { Candidate } from '../candidate.ts';
import { containersBeside } from '../other-containers.ts';
import type { Container, Pod } from '../pod.ts';
import { isOauth2Proxy, isProxy, namesLoopback, passesToken, textsOf } from '../proxies.ts';
import { socketPath } from '../sidecar.ts';
import { ownPort } from '../target.ts';

/** Containers that would bypass the gateway, or reach it without the token it requires. */
export function bypassProblems({ pod, target, requested, settings }: Candidate): string[] {
  const loopback = requested.upstream === 'loopback';
  const place = loopback ? ownPort(target) : socketPath(settings);
  return directAccessProblems(pod, target.container, place, target.port);
}

/** @param place MLflow's port on loopback, or the path of its socket */
export function directAccessProblems(
  pod: Pod,
  mlflow: Container,
  place: number | string,
  gatewayPort: number | undefined,
): string[] {
  return containersBeside(pod, mlflow).flatMap((other) => {
    if (typeof place === 'number')
      return isProxy(other) || namesLoopback(other, place) ? [loopbackBypass(other, place)] : [];
    if (namesSocket(other, place))
      return [
        `The container ${other.name} names MLflow's socket ${place}, and would reach MLflow without the gateway. Let it ask the gateway at 127.0.0.1${gatewayPort === undefined ? '' : `:${gatewayPort}`}.`,
      ];
    return tokenProblems(other, gatewayPort);
  });
}

const namesSocket = (container: Container, path: string): boolean =>
  textsOf(container).some((text) => text.includes(path));

const loopbackBypass = ({ name }: Container, port: number): string =>
  `The container ${name} would reach MLflow at 127.0.0.1:${port} without the gateway. Remove it (oauth2Proxy.enabled: false of community-charts/mlflow; extraContainers of MLflow's chart), or the annotation mlflow-gateway.io/upstream: loopback, so that MLflow has a socket of its own.`;

function tokenProblems(other: Container, gatewayPort: number | undefined): string[] {
  if (!isOauth2Proxy(other) || passesToken(other) !== false) return [];
  // It names another upstream.
  if (gatewayPort !== undefined && namesUpstream(other) && !namesLoopback(other, gatewayPort)) return [];
  return [
    `The container ${other.name} signs people in but does not pass their token on, and the gateway refuses requests without one. Give it --pass-authorization-header=true, and --skip-jwt-bearer-tokens=true for programs that bring a token (oauth2Proxy.extraArgs of community-charts/mlflow), or remove it (oauth2Proxy.enabled: false).`,
  ];
}

const namesUpstream = ({ args = [], command = [], env = [] }: Container): boolean =>
  [...command, ...args].some((word) => /^--?upstreams?(?:=|$)/.test(word)) ||
  env.some(({ name, value }) => name === 'OAUTH2_PROXY_UPSTREAMS' && value !== undefined);
