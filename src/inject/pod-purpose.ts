import type { Wishes } from './annotations.ts';
import type { Container, Pod } from './pod.ts';
import { readServerCommand } from './server-command.ts';
import { type Settings, SIDECAR } from './settings.ts';

/** What a pod of a Job is: one that ends runs no server, or should not. */
export type Kind = 'server' | 'runs no server' | 'ends';

/**
 * Tells pods that are done at some time, and run something else of MLflow's (`mlflow db upgrade`, `mlflow gc`), from those of servers:
 * charts give them the same labels. Whatever might serve is not such a pod.
 */
export function kindOf({ spec }: Pod, wishes: Wishes, { container: usual }: Settings): Kind {
  const { containers, initContainers = [], restartPolicy = 'Always' } = spec;
  if (restartPolicy === 'Always') return 'server';
  const native = initContainers.filter((one) => one.restartPolicy === 'Always');
  const running = [...native, ...containers];
  // A gateway was given to it, so that something is served.
  if (running.some(({ name }) => name === SIDECAR)) return 'ends';
  const named = [wishes.container, usual];
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

/** Why a pod that ends is not given a gateway. */
export const ENDS_PROBLEM =
  "The pod has a restartPolicy other than Always, as those of Jobs, and runs MLflow's server or may run it: a gateway would keep it from ending. Remove the label mlflow-gateway.io/inject from it, or, if it serves nothing, write its command out (such as mlflow db upgrade); a server belongs into a Deployment.";
