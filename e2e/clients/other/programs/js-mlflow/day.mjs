// A day's work with the npm package mlflow.
import { createRequire } from 'node:module';

const { MLFLOW_TRACKING_URI: endpoint, NPM_FOLDER } = process.env;
const MLflow = createRequire(`${NPM_FOLDER}/day.js`)('mlflow');
const { Experiments, Runs, Metrics, Artifacts } = new MLflow({ endpoint });

async function step(act) {
  try {
    return await act();
  } catch (error) {
    console.error(error.message);
  }
}

const made = await step(() => Experiments.create({ name: 'js-day' }));
const experiment_id = made?.experiment_id ?? '0';
await step(() => Experiments.get({ experiment_id }));
await step(() => Experiments.list({ view_type: 'ALL' }));
await step(() => Experiments.update({ experiment_id, new_name: 'js-day-2' }));
await step(() => Experiments.setExperimentTag({ experiment_id, key: 'a', value: 'b' }));
const tags = [{ key: 't', value: '1' }];
const created = await step(() =>
  Runs.create({ experiment_id, user_id: 'me', start_time: 1_700_000_000_000, tags }),
);
const run_id = created?.run.info.run_id ?? '0'.repeat(32);
await step(() => Runs.logParameter({ run_id, key: 'alpha', value: '0.5' }));
const timestamp = 1_700_000_000_001;
await step(() => Runs.logMetric({ run_id, key: 'rmse', value: 0.25, timestamp, step: 1 }));
await step(() => Runs.setTag({ run_id, key: 'stage', value: 'dev' }));
await step(() => Runs.deleteTag({ run_id, key: 'stage' }));
const metrics = [{ key: 'm', value: 1, timestamp, step: 0 }];
await step(() => Runs.logBatch({ run_id, metrics, params: [{ key: 'p', value: '1' }], tags }));
await step(() => Runs.get({ run_id }));
await step(() => Metrics.getHistory({ run_id, metric_key: 'rmse' }));
await step(() => Artifacts.list({ run_id }));
await step(() =>
  Runs.search({ experiment_ids: [experiment_id], filter: 'metrics.rmse < 1', run_view_type: 'ALL' }),
);
await step(() => Runs.update({ run_id, status: 'FINISHED', end_time: 1_700_000_005_000 }));
// As its users copy a run: all its tags are written to another one.
const source = await step(() => Runs.get({ run_id }));
const copy = await step(() => Runs.create({ experiment_id, start_time: 1_700_000_000_000 }));
const copied = copy?.run.info.run_id ?? '0'.repeat(32);
await step(() =>
  Runs.logBatch({ run_id: copied, metrics: [], params: [], tags: source?.run.data.tags ?? tags }),
);
await step(() => Runs.delete({ run_id }));
await step(() => Runs.restore({ run_id }));
await step(() => Experiments.delete({ experiment_id }));
await step(() => Experiments.restore({ experiment_id }));
console.log('the day is over');
