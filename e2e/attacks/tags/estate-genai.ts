import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Fetch } from '../../../dev/http.ts';
import { serializedScorer } from '../../harness/scorer.ts';
import { unique } from '../../harness/stack.ts';
import { API3, type Json, ok } from './estate.ts';

/** What an estate has of newer kinds; where MLflow has no such thing, an id of nothing. */
export interface Genai {
  /** With a tag `note` and a record. */
  readonly dataset: string;
  /** Called like the secret. */
  readonly scorer: string;
  readonly issue: string;
  readonly labelSchema: string;
  readonly reviewQueue: string;
  /** A prompt optimisation that nobody runs. */
  readonly job: string;
  /** With a version `1.0.0`, an endpoint and a tag `note`. */
  readonly mcpServer: string;
}

interface Owned {
  readonly mlflow: Fetch;
  readonly experiment: string;
  readonly tenant: string;
  readonly secret: string;
  /** Where MLflow keeps its database. */
  readonly dir: string;
}

export async function makeGenai(owned: Owned): Promise<Genai> {
  const { mlflow, experiment, tenant, secret } = owned;
  const none = unique('none');
  const make = async (path: string, json: Json, id: (answer: Json) => string): Promise<string> => {
    const answer = await mlflow(`${API3}/${path}`, { json });
    const text = await answer.text();
    if (answer.status === 404 || answer.status === 405) return none;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return id(JSON.parse(text) as Json);
  };
  const dataset = await make(
    'datasets/create',
    { name: secret, experiment_ids: [experiment], tags: JSON.stringify({ tenant, note: secret }) },
    (made) => made.dataset.dataset_id,
  );
  if (dataset !== none)
    await ok(mlflow, `${API3}/datasets/${dataset}/records`, {
      records: JSON.stringify([{ inputs: { question: secret } }]),
    });
  return {
    dataset,
    scorer: await make(
      'scorers/register',
      { experiment_id: experiment, name: secret, serialized_scorer: serializedScorer(secret) },
      (made) => made.scorer_id ?? none,
    ),
    issue: await make(
      'issues',
      { experiment_id: experiment, name: secret, description: secret },
      (made) => made.issue.issue_id,
    ),
    labelSchema: await make(
      'label-schemas/create',
      {
        experiment_id: experiment,
        name: secret,
        type: 'FEEDBACK',
        input: { text: { max_length: 100 } },
        instruction: secret,
      },
      (made) => made.label_schema.schema_id,
    ),
    reviewQueue: await make(
      'review-queues/create',
      { experiment_id: experiment, name: secret, queue_type: 'CUSTOM', users: ['u'] },
      (made) => made.review_queue.queue_id,
    ),
    job: makeJob(owned) ?? none,
    mcpServer: await makeServer(owned, make),
  };
}

/** As MLflow's job runner does: running one takes worker processes and a model provider. */
function makeJob({ dir, experiment, secret }: Owned): string | undefined {
  const db = new DatabaseSync(join(dir, 'mlflow.db'), { timeout: 10_000 });
  try {
    const columns = db.prepare('PRAGMA table_info(jobs)').all() as { name: string }[];
    const named = columns.find(({ name }) => name === 'job_name');
    if (named === undefined) return undefined;
    const id = randomUUID();
    const params = {
      run_id: randomUUID().replaceAll('-', ''),
      experiment_id: experiment,
      prompt_uri: `prompts:/${secret}/1`,
      optimizer_type: 'metaprompt',
    };
    const scoped = columns.some(({ name }) => name === 'workspace');
    db.prepare(
      `INSERT INTO jobs (id, creation_time, job_name, params, status, retry_count, last_update_time${scoped ? ', workspace' : ''})
       VALUES (?, ?, 'optimize_prompts', ?, 0, 0, ?${scoped ? ", 'default'" : ''})`,
    ).run(id, Date.now(), JSON.stringify(params), Date.now());
    return id;
  } finally {
    db.close();
  }
}

async function makeServer(
  { mlflow, tenant, secret }: Owned,
  make: (path: string, json: Json, id: (answer: Json) => string) => Promise<string>,
): Promise<string> {
  const name = `com.example/${unique('server')}`;
  const made = await make('mcp-servers', { name, description: secret }, (answer) => answer.name);
  if (made !== name) return made;
  const path = `${API3}/mcp-servers/${name}`;
  for (const [key, value] of [
    ['tenant', tenant],
    ['note', secret],
  ])
    await ok(mlflow, `${path}/tags`, { key, value });
  await ok(mlflow, `${path}/versions`, { server_json: { name, version: '1.0.0' }, status: 'active' });
  await ok(mlflow, `${path}/endpoints`, { url: `https://${secret}.example/mcp`, server_version: '1.0.0' });
  return name;
}
