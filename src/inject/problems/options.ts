import type { Candidate } from '../candidate.ts';
import { flagIn, optionIn } from '../chart-values.ts';
import { isOn, variableOf } from '../pod.ts';
import { quoted } from '../refusal.ts';
import { SERVER_OPTIONS } from '../server-command.ts';
import { shellWords } from '../shell-words.ts';

/** Options that MLflow accepts only with uvicorn (`_validate_server_args`). */
const UVICORN_ONLY = ['--allowed-hosts', '--cors-allowed-origins', '--disable-security-middleware'];

/** Options and commands with which MLflow's server would not start, would not answer, or cannot be checked. */
export function optionProblems(candidate: Candidate): string[] {
  return [...unclear(candidate), ...notStarting(candidate), ...notAnswering(candidate)];
}

/** Parts of the command line that make the rest unreadable. */
function unclear({ target }: Candidate): string[] {
  const { changes, unreadable, words } = target.command;
  const problems: string[] = [];
  if (changes.length > 0)
    problems.push(
      `MLflow's command line sets or removes ${changes.join(' and ')}, so that the webhook cannot say where MLflow listens. Remove that from the command; variables belong into env.`,
    );
  if (words.some((word, i) => word === 'env' && /^(?:-i|-|--ignore-environment)$/.test(words[i + 1] ?? '')))
    problems.push(
      "MLflow's command line removes all variables (env -i), including those of the gateway's webhook. Remove that.",
    );
  if (unreadable.length > 0)
    problems.push(
      `MLflow's command line has ${quoted(unreadable.join(' '))} where an option may stand, which cannot be read here. Write the options out, or the variable as a value in env.`,
    );
  return problems;
}

/** Options with which MLflow itself does not start. */
function notStarting({ target }: Candidate): string[] {
  const { container, command } = target;
  if (!command.explicit) return [];
  const given = SERVER_OPTIONS.filter((option) => command.has(option));
  if (!given.includes('--uvicorn-opts') && isOn(container, 'MLFLOW_UVICORN_OPTS'))
    given.push('MLFLOW_UVICORN_OPTS');
  const problems: string[] = [];
  if (given.length > 1)
    problems.push(
      `MLflow is given ${given.join(' and ')}, and starts with one of them only. Keep one (community-charts/mlflow: extraArgs, and log.enabled: false, which else gives --uvicorn-opts; MLflow's chart: server.value_options).`,
    );
  // MLflow splits them by shlex, which keeps blanks inside quotes.
  const joined = command.serverOptions.flatMap(shellWords).find((word) => /^-.*\s--?[a-z]/i.test(word));
  if (joined !== undefined)
    problems.push(
      `MLflow's options for its server are in quotes of their own, so that the server reads ${quoted(joined)} as one option and does not start. Remove the quotes (community-charts/mlflow writes them around extraArgs.uvicornOpts and extraArgs.gunicornOpts unless log.enabled is false).`,
    );
  const other = given.find((option) => option === '--gunicorn-opts' || option === '--waitress-opts');
  const refused = other === undefined ? [] : UVICORN_ONLY.filter((option) => command.has(option));
  const [first] = refused;
  if (first !== undefined)
    problems.push(
      `MLflow does not start with ${refused.join(', ')} and ${other} together. Remove the first${optionIn(first)}, or give it as a variable (MLFLOW_SERVER_ALLOWED_HOSTS, MLFLOW_SERVER_CORS_ALLOWED_ORIGINS).`,
    );
  const withDev = given[0] ?? (command.has('--app-name') ? '--app-name' : undefined);
  if (command.has('--dev') && withDev !== undefined)
    problems.push(
      `MLflow does not start with --dev and ${withDev} together. Remove --dev${flagIn('--dev')}.`,
    );
  return problems;
}

/** Options that change the paths or the clients that MLflow answers. */
function notAnswering({ target }: Candidate): string[] {
  const { container, command } = target;
  const problems: string[] = [];
  if (command.has('--artifacts-only') || isOn(container, 'MLFLOW_ARTIFACTS_ONLY'))
    problems.push(
      `MLflow serves artifacts only (--artifacts-only, MLFLOW_ARTIFACTS_ONLY), so that every other call would fail, and no tenant could be found. Remove it${flagIn('--artifacts-only')}.`,
    );
  if (command.has('--root-path') || variableOf(container, 'UVICORN_ROOT_PATH') !== undefined)
    problems.push(
      `MLflow's server is given --root-path, which moves its paths from where MLflow's own checks expect them. Use --static-prefix instead${optionIn('--static-prefix')}.`,
    );
  if (command.other !== undefined && !command.explicit)
    problems.push(
      `${container.name} runs "mlflow ${quoted(command.other)}", which is not MLflow's server. Remove the label from this pod, or name the container of the server by the annotation mlflow-gateway.io/container.`,
    );
  return problems;
}
