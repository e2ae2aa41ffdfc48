export type Strategy = 'workspaces' | 'tags';

/** Why tests of MLflow's that pass straight fail through the gateway. */
export interface Known {
  readonly strategies: readonly Strategy[];
  /** Functions. */
  readonly tests: readonly string[];
  /** What the failure says: another one is no known one. */
  readonly says: RegExp;
  /** For docs/mlflow-tests.md. */
  readonly reason: string;
}

/** Every failure that is meant. A failure that is not here fails the command, and so does an entry that nothing needs. */
export const KNOWN: readonly Known[] = [];
