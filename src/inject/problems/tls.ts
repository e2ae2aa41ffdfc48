import { type Container, variableOf } from '../pod.ts';
import type { ServerCommand } from '../server-command.ts';

/** Whether MLflow's own server uses TLS (uvicorn, gunicorn: --keyfile and --certfile). */
export function speaksTls(container: Container, command: ServerCommand): boolean {
  const set = (name: string): boolean => variableOf(container, name) !== undefined;
  return (
    command.hasPrefix('--ssl-') ||
    command.has('--keyfile', '--certfile') ||
    set('UVICORN_SSL_KEYFILE') ||
    set('UVICORN_SSL_CERTFILE')
  );
}

/** The gateway uses HTTP within the pod. */
export function tlsProblems(container: Container, command: ServerCommand): string[] {
  return speaksTls(container, command)
    ? [
        "MLflow is configured to use TLS itself. Behind the gateway it must not: end TLS at the ingress or the mesh, and remove the ssl options (MLflow's chart: tls.enabled: false).",
      ]
    : [];
}
