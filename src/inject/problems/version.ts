import type { Candidate } from '../candidate.ts';
import { isBefore, versionOf } from '../image-version.ts';
import { useLoopback } from './use-loopback.ts';

/** An MLflow that is, by its image tag, too old for the pod's options. */
export function versionProblems(candidate: Candidate): string[] {
  const { container, command, staticPrefix } = candidate.target;
  const version = versionOf(container.image);
  const problems: string[] = [];
  if (version !== undefined && isTooOldForSocket(candidate))
    problems.push(
      `MLflow ${version} (the image's tag) is older than 3.5, the first version that can listen on a socket (UVICORN_UDS); before, it runs on gunicorn. Use a newer one (image.tag of both charts), or ${useLoopback(command)}.`,
    );
  // The option came with 3.3 (mlflow/cli/__init__.py).
  if (command.has('--uvicorn-opts') && isBefore(version, '3.3'))
    problems.push(
      `MLflow ${version} (the image's tag) does not know --uvicorn-opts, which community-charts/mlflow adds by default. Set log.enabled: false, or extraArgs.gunicornOpts with the annotation for loopback.`,
    );
  if (staticPrefix !== undefined && isBefore(version, '3.16'))
    problems.push(
      `MLflow ${version} (the image's tag) is given --static-prefix, which the gateway supports from MLflow 3.16 on. Use a newer one (image.tag of both charts), or remove the prefix and give the gateway GW_PATH_PREFIX=${staticPrefix} instead.`,
    );
  return problems;
}

/** The socket is tested from MLflow 3.5 on; before 3.3 there is no uvicorn (mlflow/server/__init__.py). */
export const isTooOldForSocket = ({ target, requested }: Candidate): boolean =>
  requested.upstream === 'socket' && isBefore(versionOf(target.container.image), '3.5');
