import type { Fetch } from './http.ts';

const API = '/api/2.0/mlflow';
const RUNS = [
  { name: 'baseline', alpha: '1.0', rmse: [0.61, 0.48, 0.41] },
  { name: 'tuned', alpha: '0.1', rmse: [0.52, 0.36, 0.29] },
];

/**
 * Gives a team an experiment with two runs, so that its pages show something at the first visit. Does nothing if the team has it already.
 *
 * @param gateway with the token of a contributor of the team
 * @throws {Error} with the response, if a request fails
 * @example
 * await createDemoData(fetcher(gateway.address, { authorization: `Bearer ${token}` }), 'team-a');
 */
export async function createDemoData(gateway: Fetch, team: string): Promise<void> {
  const call = async (path: string, json: object): Promise<Response> => gateway(`${API}/${path}`, { json });
  const made = await call('experiments/create', { name: `churn of ${team}` });
  const text = await made.text();
  if (text.includes('RESOURCE_ALREADY_EXISTS')) return;
  const { experiment_id } = read<{ experiment_id: string }>(made, text);
  for (const { name, alpha, rmse } of RUNS) {
    const start_time = Date.now();
    const created = await call('runs/create', { experiment_id, run_name: name, start_time });
    const { run } = read<{ run: { info: { run_id: string } } }>(created, await created.text());
    const { run_id } = run.info;
    const metrics = rmse.map((value, step) => ({ key: 'rmse', value, step, timestamp: start_time + step }));
    const logged = await call('runs/log-batch', {
      run_id,
      metrics,
      params: [{ key: 'alpha', value: alpha }],
    });
    read(logged, await logged.text());
    const ended = await call('runs/update', { run_id, status: 'FINISHED', end_time: Date.now() });
    read(ended, await ended.text());
  }
}

function read<Body>(answer: Response, text: string): Body {
  if (!answer.ok) throw new Error(`the demo data could not be created: ${answer.status} ${text}`);
  return JSON.parse(text) as Body;
}
