import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startMlflow } from '../../dev/mlflow-server.ts';
import './shared-mlflow.ts';
import startForks from './fork-server.ts';
import { hasWorkspaces, listenOf, mlflowVersion } from './mlflow-version.ts';

/**
 * Starts one real MLflow for the whole test run, with workspaces if the version has them, since a start takes seconds. The stacks that share it are
 * separated by their workspaces. A stack that needs other options starts its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const version = mlflowVersion();
  const stopForks = await startForks();
  const dir = mkdtempSync(join(tmpdir(), 'mlflow-e2e-'));
  const mlflow = await startMlflow({
    dir,
    version,
    workspaces: hasWorkspaces(version),
    listen: listenOf(version),
  });
  const { address, pid, log } = mlflow;
  project.provide('mlflow', { address, version, pid, log });
  return async () => {
    await mlflow.stop();
    await stopForks();
    rmSync(dir, { recursive: true, force: true });
  };
}
