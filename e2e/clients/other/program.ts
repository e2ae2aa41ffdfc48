/** A program that does a day's work with one client. */
export interface Program {
  /** For `--client` and the table. */
  readonly name: string;
  readonly version: string;
  /** Its requirements or its size, for `--help`. */
  readonly needs?: string;
  /** Whether it reads everything on a server, so that it gets its own servers. */
  readonly alone?: boolean;
  /**
   * Runs it to its end. A call that fails is no failure of the program: it goes on with the next.
   *
   * @param env `MLFLOW_TRACKING_URI`, and `WORK`, a folder of its own
   * @throws {Error} when the client cannot be fetched or started, or the program did not come to its end
   */
  run(env: Readonly<Record<string, string>>): Promise<void>;
}
