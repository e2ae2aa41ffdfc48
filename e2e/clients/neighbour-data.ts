import type { Send } from '../harness/requests/operations.ts';
import {
  createDataset,
  createExperiment,
  createModelVersion,
  createRegisteredModel,
  createRun,
  createSkill,
  type Tag,
} from '../harness/world/resources.ts';

/**
 * Makes resources of another tenant in the same MLflow before the day begins: one of each kind that the day searches for, made
 * so that the day's own filters would find it. The MLflow that the day uses directly has no such tenant, so anything
 * of this shows through the gateway is a difference.
 */
export async function makeNeighbourData(neighbour: Send): Promise<void> {
  const tag = (key: string, value: string): Tag => ({ key, value });
  for (const name of ['more-theirs', 'churn-theirs']) {
    const experiment_id = await createExperiment(neighbour, {
      name,
      tags: [tag('purpose', 'e2e'), tag('number', '1')],
    });
    const { run_id } = await createRun(neighbour, {
      experiment_id,
      run_name: 'child-theirs',
      tags: [tag('stage', 'dev')],
    });
    await neighbour('logBatch', {
      body: {
        run_id,
        params: [{ key: 'alpha', value: '0.5' }],
        metrics: [{ key: 'rmse', value: 0.25, timestamp: 1, step: 0 }],
      },
    });
    const model = await createRegisteredModel(neighbour, {
      name: `more-${name}`,
      tags: [tag('domain', 'demo')],
    });
    await createModelVersion(neighbour, {
      name: model,
      run_id,
      source: `runs:/${run_id}/model`,
      tags: [tag('checked', 'yes')],
    });
    await createRegisteredModel(neighbour, {
      name: `c-${name}`,
      tags: [tag('mlflow.prompt.is_prompt', 'true'), tag('lang', 'en')],
    });
    await createDataset(neighbour, {
      name: `${name}-questions`,
      experiment_ids: [experiment_id],
      tags: { kind: 'e2e' },
    });
    for (const organization of [undefined, 'acme'])
      await createSkill(neighbour, {
        name: `${name}-review`,
        ...(organization === undefined ? {} : { organization }),
        tags: [tag('team', 'nlp')],
      });
  }
}
