import { containersBeside, isExposedServer } from '../other-containers.ts';
import type { Container, Pod } from '../pod.ts';

/**
 * A second MLflow in the pod that the network could reach: the webhook does not move it to the socket, and the gateway does
 * not serve its port.
 */
export function secondServerProblems(pod: Pod, mlflow: Container): string[] {
  return containersBeside(pod, mlflow)
    .filter((other) => isExposedServer(other, mlflow))
    .map(
      ({ name }) =>
        `The container ${name} runs MLflow as well, and could be reached without the gateway. Give it a pod of its own, or --host 127.0.0.1.`,
    );
}
