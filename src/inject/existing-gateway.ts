import type { Container } from './pod.ts';
import type { ServerCommand } from './server-command.ts';

/** The gateway that a pod already has, and its MLflow. */
export interface Existing {
  readonly gateway: Container;
  readonly mlflow: Container;
  readonly command: ServerCommand;
  /** The address of MLflow that the gateway is given (`GW_TARGET_BASE_URL`). */
  readonly url: string;
  /** MLflow's socket, and the gateway's volume that holds it; `undefined` if MLflow listens on loopback. */
  readonly socket: Socket | undefined;
}

/** A Unix socket of MLflow in a pod. */
export interface Socket {
  readonly path: string;
  readonly directory: string;
  readonly volume: string | undefined;
}
