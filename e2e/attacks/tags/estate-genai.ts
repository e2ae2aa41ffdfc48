import { ifServed, type Send } from '../../harness/requests/operations.ts';
import { unique } from '../../harness/stack.ts';
import {
  addDatasetRecord,
  createDataset,
  createIssue,
  createLabelSchema,
  createMcpEndpoint,
  createMcpServer,
  createMcpServerVersion,
  createReviewQueue,
  registerScorer,
} from '../../harness/world/resources.ts';
import { seedJob } from '../../harness/world/seed-job.ts';

/** The resources of an estate of newer kinds; where this version of MLflow has no such kind, an id that no resource has. */
export interface Genai {
  /** With a tag `note` and a record. */
  readonly dataset: string;
  /** Its name is the secret. */
  readonly scorer: string;
  readonly issue: string;
  readonly labelSchema: string;
  readonly reviewQueue: string;
  /** A prompt optimization job that is never run. */
  readonly job: string;
  /** With a version `1.0.0`, an endpoint and a tag `note`. */
  readonly mcpServer: string;
}

interface Owned {
  /** Straight at MLflow. */
  readonly send: Send;
  readonly experiment: string;
  readonly tenant: string;
  readonly secret: string;
  /** The directory of MLflow's data; `undefined` where MLflow has no jobs. */
  readonly dir: string | undefined;
}

export async function makeGenai({ send, experiment, tenant, secret, dir }: Owned): Promise<Genai> {
  const none = unique('none');
  const orNone = async (made: Promise<string | undefined>): Promise<string> => (await ifServed(made)) ?? none;
  const own = { experiment_id: experiment, name: secret };
  return {
    dataset: await orNone(makeDataset(send, experiment, tenant, secret)),
    scorer: await orNone(registerScorer(send, own)),
    issue: await orNone(createIssue(send, { ...own, description: secret })),
    labelSchema: await orNone(
      createLabelSchema(send, { ...own, input: { text: { max_length: 100 } }, instruction: secret }),
    ),
    reviewQueue: await orNone(createReviewQueue(send, { ...own, users: ['u'] })),
    job: dir === undefined ? none : seedJob({ dir, experiment, prompt: secret }),
    mcpServer: await orNone(makeMcpServer(send, tenant, secret)),
  };
}

async function makeDataset(send: Send, experiment: string, tenant: string, secret: string): Promise<string> {
  const tags = { tenant, note: secret };
  const id = await createDataset(send, { name: secret, experiment_ids: [experiment], tags });
  await addDatasetRecord(send, id, secret);
  return id;
}

async function makeMcpServer(send: Send, tenant: string, secret: string): Promise<string> {
  const name = await createMcpServer(send, {
    name: `com.example/${unique('server')}`,
    description: secret,
    tags: [
      { key: 'tenant', value: tenant },
      { key: 'note', value: secret },
    ],
  });
  await createMcpServerVersion(send, name, '1.0.0');
  await createMcpEndpoint(send, name, { server_version: '1.0.0', url: `https://${secret}.example/mcp` });
  return name;
}
