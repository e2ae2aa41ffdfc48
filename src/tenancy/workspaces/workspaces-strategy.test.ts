import { afterEach, expect, test } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
afterEach(() => gateway.stop());

/**
 * Lookups of one request run at once. Were the quickest answer to decide, the same request would be refused in two
 * ways, and which one would depend on how fast MLflow finds what.
 */
test.each([
  { ending: 'run', order: [0, 1] },
  { ending: 'model', order: [1, 0] },
])(
  'the first of two refused references decides, also if the lookup of the $ending ends first',
  async ({ order }) => {
    gateway = await startInProcess();
    const { upstream } = gateway;
    const askKindly = upstream.ask.bind(upstream);
    const waiting: (() => void)[] = [];
    upstream.ask = async (outgoing) => {
      if (!outgoing.path.includes('absent')) return askKindly(outgoing);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length < order.length) return;
        waiting[order[0]!]!();
        setImmediate(waiting[order[1]!]!);
      });
      return { status: 404, headers: {}, body: Buffer.from('{}') };
    };
    const body = { name: 'model', source: 'dummy-source', run_id: 'absent-run', model_id: 'absent-model' };
    const answer = await gateway.send('POST /api/2.0/mlflow/model-versions/create', [], JSON.stringify(body));
    expect(answer).toMatchObject({
      status: 404,
      body: { reason: 'resource_not_found', message: 'Run with id=absent-run not found' },
    });
  },
);

test('a write to experiment 0 is refused after a lookup, with the way to choose an experiment', async () => {
  gateway = await startInProcess();
  const { upstream } = gateway;
  const found = upstream.ask.bind(upstream);
  const create = () =>
    gateway.send('POST /api/2.0/mlflow/runs/create', [], JSON.stringify({ experiment_id: '0' }));
  const isExperiment = (path: string): boolean => path.includes('experiment_id=0');
  upstream.ask = async (outgoing) =>
    isExperiment(outgoing.path) ? { status: 404, headers: {}, body: Buffer.from('{}') } : found(outgoing);
  const refused = await create();
  expect([refused.status, refused.body.reason]).toEqual([404, 'resource_not_found']);
  expect(refused.body.message).toContain('mlflow.set_experiment("<name>") or MLFLOW_EXPERIMENT_NAME=<name>');
  // Reading it is MLflow's to answer, and so is another experiment.
  expect((await gateway.send('GET /api/2.0/mlflow/experiments/get?experiment_id=0')).status).toBe(200);
  upstream.ask = found;
  expect((await create()).status).toBe(200);
});
