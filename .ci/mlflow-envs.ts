/**
 * Creates the Python environments of all surveyed MLflow versions before the suites, which would otherwise create them one after
 * another. Two at a time: the processor limits unpacking.
 */
import { mlflowEnv } from '../dev/mlflow-env.ts';
import { SURVEYED_VERSIONS } from '../src/catalog/generated/catalog.ts';
import { mapConcurrently } from '../src/concurrency/map-concurrently.ts';

await mapConcurrently([...SURVEYED_VERSIONS].reverse(), 2, async (version) => {
  await mlflowEnv(version, console.log);
  console.log(`MLflow ${version} is ready`);
});
