import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startMlflow } from '../../dev/mlflow-server.ts';
import './shared-mlflow.ts';
import { hasWorkspaces, listenOf, mlflowVersion } from './mlflow-version.ts';

/**
 * One real MLflow, with workspaces where the version has them, for the whole test run: a start costs seconds, and the stacks that share it are
 * kept apart by their workspaces. A stack that needs MLflow started differently starts its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const version = mlflowVersion();
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
    rmSync(dir, { recursive: true, force: true });
  };
}
