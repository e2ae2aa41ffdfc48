import { setTimeout as sleep } from 'node:timers/promises';
import type { Fetch } from '../../dev/http.ts';

const API = '/api/2.0/mlflow';
const API3 = '/api/3.0/mlflow';

/** Kinds of resources with reusable names, for which two teams compete. */
export const SUBJECTS = ['model', 'prompt', 'mcp-server', 'skill', 'experiment'] as const;
export type Subject = (typeof SUBJECTS)[number];

/** A team, with a connection to each gateway. */
interface Team {
  readonly tenant: string;
  readonly via: readonly Fetch[];
}

export interface RoundOptions {
  readonly subject: Subject;
  readonly name: string;
  readonly teams: readonly [Team, Team];
  /** Past the gateways. */
  readonly direct: Fetch;
  readonly random: () => number;
}

export interface RoundResult {
  readonly requests: number;
  /** Requests that changed a resource. */
  readonly done: number;
  /** Names that both teams owned, one after the other. */
  readonly handedOver: number;
  /** Requests whose response had the other team's data. */
  readonly leaks: readonly string[];
  /** Data that one team wrote into a resource of the other, as read from MLflow. */
  readonly wrongWrites: readonly string[];
  /** Resources whose tenant tag does not name the team that created them. */
  readonly wrongOwners: readonly string[];
  /** Responses of the gateway itself with status 500. */
  readonly defects: readonly string[];
}

interface Step {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  /** It creates the resource. */
  readonly makes?: true;
}

/** A mark in all data of a team; neither mark contains the other. */
function markOf(tenant: string): string {
  return `mark-of-${tenant}`;
}

const prompt = (mark: string) => [
  { key: 'mlflow.prompt.is_prompt', value: 'true' },
  { key: 'mlflow.prompt.text', value: mark },
];

/** The requests that create the resource, and its owner's other requests. */
function stepsOf(subject: Subject, name: string, mark: string, id: string): { make: Step[]; steps: Step[] } {
  const post = (path: string, json: unknown): Step => ({ method: 'POST', path, json });
  const patch = (path: string, json: unknown): Step => ({ method: 'PATCH', path, json });
  const read = (path: string): Step => ({ method: 'GET', path });
  const at = encodeURIComponent(name);
  if (subject === 'mcp-server') {
    const server = `${API3}/mcp-servers/${name}`;
    const version = (n: number) =>
      post(`${server}/versions`, {
        server_json: { name, version: `1.0.${n}`, description: mark },
        status: 'active',
      });
    return {
      make: [
        { ...post(`${API3}/mcp-servers`, { name, description: mark }), makes: true },
        { ...version(Number(id)), makes: true },
      ],
      steps: [
        version(Number(id) + 1),
        version(Number(id) + 2),
        patch(server, { description: mark }),
        post(`${server}/tags`, { key: `k-${mark}`, value: mark }),
        post(`${server}/aliases`, { alias: `a-${mark}`, version: `1.0.${id}` }),
        read(server),
        read(`${server}/versions`),
        read(`${server}/versions/1.0.${Number(id) + 1}`),
        read(`${API3}/mcp-servers`),
        { method: 'DELETE', path: server },
      ],
    };
  }
  if (subject === 'skill') {
    const skill = `${API3}/skills/${name}`;
    const version = post(`${skill}/versions`, {
      source_type: 'git',
      source: `https://git.example.com/${mark}.git`,
      status: 'active',
    });
    return {
      make: [
        { ...post(`${API3}/skills`, { name, description: mark }), makes: true },
        { ...version, makes: true },
      ],
      steps: [
        version,
        version,
        patch(skill, { description: mark }),
        post(`${skill}/tags`, { key: `k-${mark}`, value: mark }),
        post(`${skill}/versions/1/tags`, { key: `k-${mark}`, value: mark }),
        post(`${skill}/aliases`, { alias: `a-${mark}`, version: 1 }),
        read(skill),
        read(`${skill}/versions`),
        read(`${skill}/versions/1`),
        read(`${API3}/skills`),
        { method: 'DELETE', path: skill },
      ],
    };
  }
  if (subject === 'experiment') {
    const tags = [{ key: 'by', value: mark }];
    return {
      make: [{ ...post(`${API}/experiments/create`, { name, tags }), makes: true }],
      steps: [
        read(`${API}/experiments/get-by-name?experiment_name=${at}`),
        read(`${API}/experiments/get-by-name?experiment_name=${at}`),
        post(`${API}/experiments/search`, { max_results: 100, filter: `name = '${name}'` }),
        post(`${API}/experiments/update`, { experiment_id: id, new_name: `${name}-${mark}` }),
        post(`${API}/experiments/set-experiment-tag`, { experiment_id: id, key: `k-${mark}`, value: mark }),
        post(`${API}/experiments/delete`, { experiment_id: id }),
        post(`${API}/experiments/restore`, { experiment_id: id }),
      ],
    };
  }
  const models = `${API}/registered-models`;
  const isPrompt = subject === 'prompt';
  const version = post(`${API}/model-versions/create`, {
    name,
    source: 'dummy-source',
    description: mark,
    ...(isPrompt ? { tags: prompt(mark) } : {}),
  });
  const give = { method: 'DELETE', path: `${models}/delete`, json: { name } };
  return {
    make: [
      {
        ...post(`${models}/create`, { name, description: mark, tags: isPrompt ? [prompt(mark)[0]] : [] }),
        makes: true,
      },
    ],
    steps: [
      ...(isPrompt ? [version, version] : []),
      patch(`${models}/update`, { name, description: mark }),
      patch(`${models}/update`, { name, description: mark }),
      post(`${models}/set-tag`, { name, key: `k-${mark}`, value: mark }),
      post(`${models}/alias`, { name, alias: `a-${mark}`, version: '1' }),
      patch(`${API}/model-versions/update`, { name, version: '1', description: mark }),
      read(`${models}/get?name=${at}`),
      read(`${models}/get?name=${at}`),
      read(`${API}/model-versions/get?name=${at}&version=1`),
      read(`${models}/search?filter=${encodeURIComponent(`name = '${name}'`)}`),
      post(`${models}/get-latest-versions`, { name }),
      give,
      post(`${models}/rename`, { name, new_name: `${name}-${mark}` }),
    ],
  };
}

/**
 * Two teams compete for one name through several gateways: the first creates the resource, uses it and deletes or renames it, the
 * second tries to get the name meanwhile. Afterwards the owner and the contents are read from MLflow.
 *
 * @example
 * const { leaks, wrongWrites } = await race({ subject: 'model', name: 'n', teams, direct, random: Math.random });
 */
export async function race(options: RoundOptions): Promise<RoundResult> {
  const { subject, name, teams, random } = options;
  const leaks: string[] = [];
  const defects: string[] = [];
  const makers = new Set<string>();
  let requests = 0;
  let done = 0;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

  const act = async (team: Team, step: Step): Promise<{ status: number; text: string }> => {
    const other = teams.find((one) => one !== team)!;
    requests++;
    const init = { method: step.method, ...(step.json === undefined ? {} : { json: step.json }) };
    const answer = await pick(team.via)(step.path, init);
    const text = await answer.text();
    if (text.includes(markOf(other.tenant)))
      leaks.push(`${team.tenant}: ${step.method} ${step.path} ${text.slice(0, 200)}`);
    if (text.includes('"internal_error"')) defects.push(`${step.method} ${step.path} ${text.slice(0, 200)}`);
    if (answer.status === 200 && step.method !== 'GET') done++;
    if (answer.status === 200 && step.makes) makers.add(team.tenant);
    return { status: answer.status, text };
  };

  const idIn = (text: string, fallback: string): string =>
    subject === 'experiment' ? (/"experiment_id":\s*"(\d+)"/.exec(text)?.[1] ?? fallback) : fallback;

  const [first, second] = random() < 0.5 ? teams : [teams[1], teams[0]];
  // For versions. MLflow chooses the id of an experiment, and a made-up id must not be of another round.
  const none = subject === 'experiment' ? '99999999' : '10';
  const base = (team: Team): string => (team === first && subject !== 'experiment' ? '0' : none);
  const begin = async (team: Team): Promise<string> => {
    const { make } = stepsOf(subject, name, markOf(team.tenant), base(team));
    const { text } = await act(team, pick(make));
    return idIn(text, base(team));
  };
  const together = random() < 0.4;
  const ids = together
    ? await Promise.all([begin(first), begin(second)])
    : [await begin(first), base(second)];

  const use = async (team: Team, id: string, tries: number): Promise<void> => {
    const { steps } = stepsOf(subject, name, markOf(team.tenant), id);
    await Promise.all(
      Array.from({ length: tries }, async () => {
        await sleep(random() * 60);
        await act(team, pick(steps));
      }),
    );
  };
  const giveUp = async (): Promise<void> => {
    await sleep(random() * 40);
    const { steps } = stepsOf(subject, name, markOf(first.tenant), ids[0]!);
    const giving = steps.filter(
      ({ method, path }) => method === 'DELETE' || /rename|experiments\/update/.test(path),
    );
    await act(first, pick(giving));
  };
  const take = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      await begin(second);
      await sleep(random() * 15);
    }
  };
  await Promise.all([use(first, ids[0]!, 8), use(second, ids[1]!, 3), giveUp(), take()]);

  const found = await readAll(options);
  const wrongWrites: string[] = [];
  const wrongOwners: string[] = [];
  for (const { owner, text } of found) {
    for (const { tenant } of teams) {
      if (!text.includes(markOf(tenant))) continue;
      if (owner === undefined) wrongOwners.push(`unowned: ${text.slice(0, 300)}`);
      else if (owner !== tenant)
        wrongWrites.push(`${tenant} into a resource of ${owner}: ${text.slice(0, 400)}`);
    }
    if (owner !== undefined && !makers.has(owner))
      wrongOwners.push(`${owner} created nothing: ${text.slice(0, 300)}`);
  }
  return {
    requests,
    done,
    handedOver: Number(makers.size === 2),
    leaks,
    wrongWrites,
    wrongOwners,
    defects,
  };
}

/** Every resource in MLflow with the name, or renamed from it. */
async function readAll({
  subject,
  name,
  teams,
  direct,
}: RoundOptions): Promise<{ owner: string | undefined; text: string }[]> {
  const found: { owner: string | undefined; text: string }[] = [];
  for (const one of [name, ...teams.map(({ tenant }) => `${name}-${markOf(tenant)}`)]) {
    const at = encodeURIComponent(one);
    const paths: Record<Subject, string[]> = {
      'mcp-server': [`${API3}/mcp-servers/${one}`, `${API3}/mcp-servers/${one}/versions`],
      skill: [`${API3}/skills/${one}`, `${API3}/skills/${one}/versions`],
      experiment: [`${API}/experiments/get-by-name?experiment_name=${at}`],
      model: [
        `${API}/registered-models/get?name=${at}`,
        `${API}/model-versions/search?filter=${encodeURIComponent(`name = '${one}'`)}`,
      ],
      prompt: [
        `${API}/registered-models/get?name=${at}`,
        `${API}/model-versions/search?filter=${encodeURIComponent(`name = '${one}' AND tags.\`mlflow.prompt.is_prompt\` = 'true'`)}`,
      ],
    };
    const texts: string[] = [];
    for (const path of paths[subject]) {
      const answer = await direct(path);
      if (answer.ok) texts.push(await answer.text());
    }
    if (texts.length === 0) continue;
    // A new name contains a team's mark, and is no data.
    const text = texts.join('\n').replaceAll(one, 'NAME');
    found.push({ owner: ownerIn(JSON.parse(texts[0]!)), text });
  }
  return found;
}

function ownerIn(answer: unknown): string | undefined {
  const { experiment, registered_model, tags } = answer as Record<string, { tags?: unknown }>;
  const own = experiment?.tags ?? registered_model?.tags ?? tags;
  if (Array.isArray(own))
    return (own as { key: string; value: string }[]).find(({ key }) => key === 'tenant')?.value;
  return (own as Record<string, string> | undefined)?.tenant;
}
