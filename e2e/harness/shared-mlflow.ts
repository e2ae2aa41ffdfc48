import type { MlflowServer } from '../../dev/mlflow-server.ts';

/** The MLflow that global-setup.ts started, as plain data, since test files run in other processes. */
export type SharedMlflow = Pick<MlflowServer, 'address' | 'version' | 'pid' | 'log'>;

declare module 'vitest' {
  interface ProvidedContext {
    readonly mlflow: SharedMlflow;
  }
}
