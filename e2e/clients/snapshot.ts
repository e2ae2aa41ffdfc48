import { expect } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import type { DayIds } from './report.ts';

/** Reads the resources of one tenant straight from MLflow: they must be unchanged after another tenant's attempts. */
export async function snapshot(mlflow: Fetch, ids: DayIds): Promise<unknown> {
  const read = async (path: string, json?: unknown): Promise<unknown> => {
    const answer = await mlflow(path, json === undefined ? {} : { json });
    const body = (await answer.json()) as unknown;
    expect(answer.status, `${path} ${JSON.stringify(body)}`).toBe(200);
    return body;
  };
  const { experiment_id, model_name, model_version } = ids;
  return {
    experiment: await read(`/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`),
    runs: await read('/api/2.0/mlflow/runs/search', {
      experiment_ids: [experiment_id],
      run_view_type: 'ALL',
    }),
    model: await read(`/api/2.0/mlflow/registered-models/get?name=${model_name}`),
    version: await read(`/api/2.0/mlflow/model-versions/get?name=${model_name}&version=${model_version}`),
    logged: await read(`/api/2.0/mlflow/logged-models/${ids.logged_model_ids[0]}`),
    trace: await read(`/api/3.0/mlflow/traces/${ids.trace_ids[0]}`),
    skill: await read(`/api/3.0/mlflow/skills/${ids.skill_name}`),
    skillVersions: await read(`/api/3.0/mlflow/skills/${ids.skill_name}/versions`),
    organizationSkill: await read(`/api/3.0/mlflow/skills/@${ids.skill_organization}/review`),
    artifacts: await read(`/api/2.0/mlflow/artifacts/list?run_id=${ids.run_id}`),
  };
}
