import type { Fetch } from './http.ts';
import { shellWord } from './shell-word.ts';

/** The shell variables of the tokens, and the user of each. */
export const TOKEN_VARIABLES = {
  TEAM_A_TOKEN: 'alice-contributor',
  TEAM_A_VIEWER_TOKEN: 'alice-viewer',
  TEAM_B_TOKEN: 'bob-contributor',
} as const;

export type TokenVariable = keyof typeof TOKEN_VARIABLES;

/** One request to try: printed as a curl line, and sent by `--check`. */
export interface Step {
  readonly title: string;
  /** Absent: without a token. */
  readonly token?: TokenVariable;
  readonly path: string;
  /** Sent as JSON by POST; absent for GET. */
  readonly body?: unknown;
  readonly status: number;
  /** Texts that the response must contain, and must not contain. */
  readonly holds?: readonly string[];
  readonly lacks?: readonly string[];
}

/** The result of a step. */
export interface Outcome {
  readonly step: Step;
  readonly status: number;
  readonly body: string;
  /** The problems; empty when the step succeeded. */
  readonly problems: readonly string[];
}

const EXPERIMENTS = '/api/2.0/mlflow/experiments';

/**
 * Shows an experiment of one team as both teams see it.
 *
 * @param experiment A name that is not in use: MLflow rejects a second experiment of the same name.
 */
export function steps(experiment: string): readonly Step[] {
  const search = { path: `${EXPERIMENTS}/search`, body: { max_results: 100 }, status: 200 };
  return [
    {
      title: 'Team A creates an experiment',
      token: 'TEAM_A_TOKEN',
      path: `${EXPERIMENTS}/create`,
      body: { name: experiment },
      status: 200,
      holds: ['experiment_id'],
    },
    { title: 'Team A lists its experiments', token: 'TEAM_A_TOKEN', ...search, holds: [experiment] },
    {
      title: 'Team B lists its own experiments, without this one',
      token: 'TEAM_B_TOKEN',
      ...search,
      lacks: [experiment],
    },
    {
      title: 'Team B requests it by name: it does not exist',
      token: 'TEAM_B_TOKEN',
      path: `${EXPERIMENTS}/get-by-name?experiment_name=${encodeURIComponent(experiment)}`,
      status: 404,
      holds: ['RESOURCE_DOES_NOT_EXIST'],
    },
    {
      title: 'A viewer of team A may read, but not create: 403',
      token: 'TEAM_A_VIEWER_TOKEN',
      path: `${EXPERIMENTS}/create`,
      body: { name: `${experiment}-2` },
      status: 403,
      holds: ['PERMISSION_DENIED', 'Insufficient role: required contributor, got viewer'],
    },
    { title: 'Without a token: 401', ...search, status: 401, holds: ['UNAUTHENTICATED'] },
  ];
}

/** The step as a line for a POSIX shell in which `GATEWAY` and the tokens are set. */
export function curlLine(step: Step): string {
  const parts = ['curl -sS'];
  if (step.token) parts.push(`-H "Authorization: Bearer $${step.token}"`);
  if (step.body !== undefined) {
    parts.push("-H 'Content-Type: application/json'", `-d ${shellWord(JSON.stringify(step.body))}`);
  }
  parts.push(`"$GATEWAY${step.path}"`);
  return parts.join(' ');
}

/** Runs one step against a gateway. */
export async function runStep(
  step: Step,
  gateway: Fetch,
  tokens: Readonly<Record<TokenVariable, string>>,
): Promise<Outcome> {
  const answer = await gateway(step.path, {
    ...(step.body === undefined ? {} : { json: step.body }),
    headers: step.token ? { authorization: `Bearer ${tokens[step.token]}` } : {},
  });
  const body = await answer.text();
  const problems = [
    ...(answer.status === step.status ? [] : [`status ${answer.status} instead of ${step.status}`]),
    ...(step.holds ?? []).filter((text) => !body.includes(text)).map((text) => `the response lacks ${text}`),
    ...(step.lacks ?? [])
      .filter((text) => body.includes(text))
      .map((text) => `the response contains ${text}`),
  ];
  return { step, status: answer.status, body, problems };
}

/** A Python program for MLflow's own client; its token is in MLFLOW_TRACKING_TOKEN. */
export function pythonSnippet(experiment: string): string {
  return `import mlflow

mlflow.set_experiment("${experiment}")
with mlflow.start_run(run_name="first"):
    mlflow.log_param("alpha", 0.5)
    mlflow.log_metric("rmse", 0.25)
    mlflow.log_text("hello", "notes.txt")
for run in mlflow.search_runs(search_all_experiments=True, output_format="list"):
    print(run.info.run_name, run.data.metrics, run.info.artifact_uri)`;
}
