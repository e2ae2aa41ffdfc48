import { DEFAULT_MLFLOW_VERSION, mlflowEnv } from '../../dev/mlflow-env.ts';
import { startForkServer } from '../../dev/mlflow-fork.ts';
import { mlflowVersion } from './mlflow-version.ts';

/** For suites whose files start MLflow servers: those of the default version fork from a process that has imported it. */
export default async function setup(): Promise<() => Promise<void>> {
  // Of another version a run starts one or two.
  if (mlflowVersion() !== DEFAULT_MLFLOW_VERSION) return async () => {};
  return startForkServer(await mlflowEnv());
}
