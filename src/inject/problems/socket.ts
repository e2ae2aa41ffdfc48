import type { Candidate } from '../candidate.ts';
import { optionIn } from '../chart-values.ts';
import { isOn, variableOf } from '../pod.ts';
import type { ServerCommand } from '../server-command.ts';
import { socketPath } from '../sidecar.ts';
import { useLoopback } from './use-loopback.ts';
import { isTooOldForSocket } from './version.ts';

/** Options that keep MLflow from listening on the gateway's socket. */
export function socketProblems(candidate: Candidate): string[] {
  const { target, requested, settings } = candidate;
  if (requested.upstream !== 'socket') return [];
  const { container, command } = target;
  const problems: string[] = [];
  const path = socketPath(settings);
  const uds = variableOf(container, 'UVICORN_UDS');
  if (uds !== undefined && uds.value !== path)
    problems.push(
      `MLflow's container sets UVICORN_UDS, and not to ${path}. Remove it: the gateway's webhook sets it.`,
    );
  if (command.has('--uds', '--fd') || isOn(container, 'UVICORN_FD'))
    problems.push('MLflow is given --uds or --fd, which wins over UVICORN_UDS. Remove the option.');
  // versionProblems reports it already, with the same remedies.
  if (isTooOldForSocket(candidate)) return problems;
  const other = ['--gunicorn-opts', '--waitress-opts'].find((option) => command.has(option));
  // An empty variable counts as not set (Click).
  if (other === '--waitress-opts')
    problems.push(
      `MLflow is given --waitress-opts${named(command)}, so its server is not uvicorn and cannot be moved to a socket by UVICORN_UDS. Remove it${optionIn(other)}: MLflow brings no waitress on Linux.`,
    );
  else if (other !== undefined || isOn(container, 'MLFLOW_GUNICORN_OPTS'))
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
