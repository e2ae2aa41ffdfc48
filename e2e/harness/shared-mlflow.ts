import type { MlflowServer } from '../../dev/mlflow-server.ts';

/** How test files find the MLflow that global-setup.ts started; plain data, since they run in other processes. */
export type SharedMlflow = Pick<MlflowServer, 'address' | 'version' | 'pid' | 'log'>;

declare module 'vitest' {
  interface ProvidedContext {
    readonly mlflow: SharedMlflow;
  }
}
