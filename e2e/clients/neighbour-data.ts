import { expect } from 'vitest';
import type { Fetch } from '../../dev/http.ts';

/**
 * What another tenant has in the same MLflow before the day begins: one of each kind that the day searches for, made
 * so that the day's own filters would find it. The MLflow at which the day works straight has no neighbour, so whatever
 * of this shows through the gateway is a difference.
 */
export async function settle(neighbour: Fetch): Promise<void> {
  const make = async (path: string, json: object): Promise<Record<string, unknown>> => {
    const answer = await neighbour(path, { json });
    const body = (await answer.json()) as Record<string, unknown>;
    expect(answer.status, `${path}: ${JSON.stringify(body)}`).toBe(200);
    return body;
  };
  const api = '/api/2.0/mlflow';
  const tag = (key: string, value: string): { key: string; value: string } => ({ key, value });
  const names = ['more-theirs', 'churn-theirs'];
  for (const name of names) {
    const { experiment_id } = await make(`${api}/experiments/create`, {
      name,
      tags: [tag('purpose', 'e2e'), tag('number', '1')],
    });
    const created = await make(`${api}/runs/create`, {
      experiment_id,
      run_name: 'child-theirs',
      tags: [tag('stage', 'dev')],
    });
    const { run_id } = (created.run as { info: { run_id: string } }).info;
    await make(`${api}/runs/log-batch`, {
      run_id,
      params: [{ key: 'alpha', value: '0.5' }],
      metrics: [{ key: 'rmse', value: 0.25, timestamp: 1, step: 0 }],
    });
    const model = `more-${name}`;
    await make(`${api}/registered-models/create`, { name: model, tags: [tag('domain', 'demo')] });
    const source = `runs:/${run_id}/model`;
    await make(`${api}/model-versions/create`, {
      name: model,
      run_id,
      source,
      tags: [tag('checked', 'yes')],
    });
    await make(`${api}/registered-models/create`, {
      name: `c-${name}`,
      tags: [tag('mlflow.prompt.is_prompt', 'true'), tag('lang', 'en')],
    });
    await make('/api/3.0/mlflow/datasets/create', {
      name: `${name}-questions`,
      experiment_ids: [experiment_id],
      tags: JSON.stringify({ kind: 'e2e' }),
    });
  }
}
