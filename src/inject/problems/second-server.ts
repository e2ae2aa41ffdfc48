import { besides, isOpenServer } from '../other-containers.ts';
import type { Container, Pod } from '../pod.ts';

/**
 * A second MLflow in the pod that would be on the network: nothing moves it to the socket, and its port is no part of
 * the gateway's.
 */
export function secondServerProblems(pod: Pod, mlflow: Container): string[] {
  return besides(pod, mlflow)
    .filter((other) => isOpenServer(other, mlflow))
    .map(
      ({ name }) =>
        `The container ${name} runs MLflow as well, and could be reached without the gateway. Give it a pod of its own, or --host 127.0.0.1.`,
    );
}
