/**
 * Makes the Python environments of all surveyed MLflows ahead of the suites, which would otherwise make them one after
 * another. Two at a time: unpacking is bound by the processor.
 */
import { mlflowEnv } from '../dev/mlflow-env.ts';
import { SURVEYED_VERSIONS } from '../src/catalog/generated/catalog.ts';

const waiting = [...SURVEYED_VERSIONS].reverse();

async function work(): Promise<void> {
  for (let version = waiting.shift(); version !== undefined; version = waiting.shift()) {
    await mlflowEnv(version, console.log);
    console.log(`MLflow ${version} is there`);
  }
}

await Promise.all([work(), work()]);
