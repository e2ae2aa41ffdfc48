import { isLoopback } from '../../http/loopback.ts';
import { UPSTREAM } from '../annotations.ts';
import type { Candidate } from '../candidate.ts';
import { optionIn } from '../chart-values.ts';
import { versionOf } from '../image-version.ts';
import { isLocalAddress } from '../other-containers.ts';
import { type Container, variableOf } from '../pod.ts';
import { quoted } from '../refusal.ts';

const CONFLICT = `The annotation ${UPSTREAM} is loopback, but`;

/** Options that make MLflow listen elsewhere than on loopback, against the pod's annotation. */
export function loopbackProblems({ target, requested }: Candidate): string[] {
  if (requested.upstream !== 'loopback') return [];
  const { container, command } = target;
  const problems: string[] = [];
  if (variableOf(container, 'UVICORN_UDS') !== undefined || command.has('--uds', '--fd', '--unix-socket'))
    problems.push(`${CONFLICT} MLflow is configured to listen on a socket. Remove that, or the annotation.`);
  const open = command.hosts.filter((host) => !isLoopback(host));
  if (open.length > 0)
    problems.push(
      `${CONFLICT} MLflow is configured to listen on ${quoted(open.join(', '))} by --host or MLFLOW_HOST. Make that 127.0.0.1${optionIn('--host')}.`,
    );
  const bound = command.binds.filter((bind) => !isLocalAddress(bind));
  if (bound.length > 0)
    problems.push(
      `${CONFLICT} MLflow's server is configured to bind ${quoted(bound.join(', '))} as well (-b or --bind, in --gunicorn-opts, MLFLOW_GUNICORN_OPTS or GUNICORN_CMD_ARGS). Remove that: gunicorn listens at each.`,
    );
  const options = ['MLFLOW_GUNICORN_OPTS', 'GUNICORN_CMD_ARGS'].find((name) => isUnclear(container, name));
  if (options !== undefined)
    problems.push(
      `${CONFLICT} ${options} of MLflow's container cannot be read here, and could bind any address. Write its value out.`,
    );
  if (command.direct !== undefined && command.binds.length === 0 && command.hosts.length === 0)
    problems.push(
      `${CONFLICT} ${command.direct} has no address to listen on. Give it ${command.direct === 'gunicorn' ? '-b 127.0.0.1 with a port' : '127.0.0.1 and a port'}.`,
    );
  if (command.has('--waitress-opts') && versionOf(container.image) !== undefined)
    problems.push(
      `MLflow is given --waitress-opts, but brings no waitress on Linux, so that it would not start with this image. Remove it${optionIn('--waitress-opts')}, or use --gunicorn-opts.`,
    );
  if (command.portUnclear || command.ports.length > 1)
    problems.push(
      `${CONFLICT} MLflow's port is ambiguous or not readable. Give --port as a number${optionIn('--port')}.`,
    );
  return problems;
}

const isUnclear = (container: Container, name: string): boolean => {
  const variable = variableOf(container, name);
  return variable !== undefined && variable.value === undefined;
};
