import type { RequestedInjection } from './annotations.ts';
import type { Container, Pod } from './pod.ts';
import { readServerCommand } from './server-command.ts';
import { type Settings, SIDECAR } from './settings.ts';

/** The purpose of a pod. A pod that ends, like that of a Job, should run no server. */
export type PodPurpose = 'server' | 'runs no server' | 'ends';

/**
 * Distinguishes pods that end and run another command of MLflow (`mlflow db upgrade`, `mlflow gc`) from pods of servers:
 * charts give both the same labels. A pod that might serve counts as `ends`.
 */
export function purposeOf(
  { spec }: Pod,
  requested: RequestedInjection,
  { container: usual }: Settings,
): PodPurpose {
  const { containers, initContainers = [], restartPolicy = 'Always' } = spec;
  if (restartPolicy === 'Always') return 'server';
  const native = initContainers.filter((one) => one.restartPolicy === 'Always');
  const running = [...native, ...containers];
  // It already has a gateway, so it serves.
  if (running.some(({ name }) => name === SIDECAR)) return 'ends';
  const named = [requested.container, usual];
  const mayBeMlflow = (one: Container): boolean =>
    containers.length === 1 || named.includes(one.name) || isImage(one);
  return running.every((one) =>
    servesNothing(one, containers.includes(one) ? mayBeMlflow(one) : isImage(one)),
  )
    ? 'runs no server'
    : 'ends';
}

const isImage = ({ image = '' }: Container): boolean => /mlflow/i.test(image);

const SERVES =
  /^(?:.*\/)?(?:gunicorn|uvicorn|waitress(?:-serve)?|hypercorn|daphne|granian|mlflow-oidc-server|serve|start-server)$|^mlflow\.server|^mlflow_oidc_auth/;

function servesNothing(container: Container, mayBeMlflow: boolean): boolean {
  const { explicit, direct, words, subcommands } = readServerCommand(container);
  if (explicit || direct !== undefined || words.some((word) => SERVES.test(word))) return false;
  return !mayBeMlflow || subcommands.length > 0;
}

/** Why a pod that ends cannot be given a gateway. */
export const JOB_POD_PROBLEM =
  "The pod has a restartPolicy other than Always, as those of Jobs, and runs MLflow's server or may run it: a gateway would keep it from ending. Remove the label mlflow-gateway.io/inject from it, or, if it serves nothing, write its command out (such as mlflow db upgrade); a server belongs into a Deployment.";
