import { isBefore, versionOf } from '../image-version.ts';
import type { Subject } from '../subject.ts';
import { useLoopback } from './use-loopback.ts';

/** An MLflow whose image says that it is too old for what the pod asks of it. */
export function versionProblems(subject: Subject): string[] {
  const { container, command, staticPrefix } = subject.target;
  const version = versionOf(container.image);
  const problems: string[] = [];
  if (isTooOldForSocket(subject))
    problems.push(
      `MLflow ${version!.text} (the image's tag) runs on gunicorn, which cannot be moved to a socket by UVICORN_UDS. Take MLflow 3.5 or newer (image.tag of both charts), or ${useLoopback(command)}.`,
    );
  if (staticPrefix !== undefined && isBefore(version, 3, 16))
    problems.push(
      `MLflow ${version.text} (the image's tag) is given --static-prefix, which the gateway knows from MLflow 3.16 on. Take a newer one (image.tag of both charts), or remove the prefix and give the gateway GW_PATH_PREFIX=${staticPrefix} instead.`,
    );
  return problems;
}

/** uvicorn became MLflow's server with 3.5 (mlflow/server/__init__.py). */
export const isTooOldForSocket = ({ target, wishes }: Subject): boolean =>
  wishes.upstream === 'socket' && isBefore(versionOf(target.container.image), 3, 5);
