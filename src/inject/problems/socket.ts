import { isLoopback } from '../../config/network-types.ts';
import { UPSTREAM } from '../annotations.ts';
import { annotationIn, optionIn } from '../charts.ts';
import { isOn, variableOf } from '../pod.ts';
import type { ServerCommand } from '../server-command.ts';
import { socketPath } from '../sidecar.ts';
import type { Subject } from '../subject.ts';

/** What keeps MLflow from moving to the socket of the gateway. */
export function socketProblems({ target, wishes, settings }: Subject): string[] {
  if (wishes.upstream !== 'socket') return [];
  const { container, command } = target;
  const problems: string[] = [];
  const path = socketPath(settings);
  const uds = variableOf(container, 'UVICORN_UDS');
  if (uds !== undefined && uds.value !== path)
    problems.push(
      `MLflow's container sets UVICORN_UDS, and not to ${path}. Remove it: the gateway's webhook sets it.`,
    );
  if (command.has('--uds', '--fd') || isOn(container, 'UVICORN_FD'))
    problems.push(
      'MLflow is told by --uds or --fd where to listen, which wins over UVICORN_UDS. Remove the option.',
    );
  const other = ['--gunicorn-opts', '--waitress-opts'].find((option) => command.has(option));
  // Empty, the variable counts as not set (Click).
  if (other !== undefined || isOn(container, 'MLFLOW_GUNICORN_OPTS'))
    problems.push(
      `MLflow is given ${other ?? 'MLFLOW_GUNICORN_OPTS'}${named(command)}, so its server is not uvicorn and cannot be moved to a socket by UVICORN_UDS. Remove it${other === undefined ? '' : optionIn(other)}, or ${useLoopback(command)}.`,
    );
  if (command.direct !== undefined && command.direct !== 'uvicorn')
    problems.push(
      `MLflow is run by ${command.direct}${named(command)}, which cannot be moved to a socket by UVICORN_UDS. Run "mlflow server", or ${useLoopback(command)}.`,
    );
  return problems;
}

/** The addresses that options bind, for a message. */
const named = ({ binds }: ServerCommand): string =>
  binds.length === 0 ? '' : ` (which binds ${binds.join(', ')})`;

/** All that has to be set for `upstream: loopback`, so that nobody is told one after the other. */
export function useLoopback({ hosts, direct }: Pick<ServerCommand, 'hosts' | 'direct'>): string {
  const annotation = `set the annotation ${UPSTREAM}: loopback${annotationIn()}`;
  if (direct !== undefined) return `${annotation} and let ${direct} listen on 127.0.0.1`;
  return hosts.length > 0 && !hosts.every(isLoopback)
    ? `${annotation} and --host=127.0.0.1${optionIn('--host')}`
    : annotation;
}
