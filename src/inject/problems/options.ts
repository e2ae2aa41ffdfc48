import type { Subject } from '../subject.ts';

/** Options and commands with which MLflow's server cannot be judged, or would not start or answer. */
export function optionProblems({ target }: Subject): string[] {
  const { command } = target;
  const problems: string[] = [];
  if (command.changes.length > 0)
    problems.push(
      `MLflow's command line sets or removes ${command.changes.join(' and ')}, so that the webhook cannot say where MLflow listens. Remove that from the command.`,
    );
  return problems;
}
