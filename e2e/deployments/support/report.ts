/** What a script prints whose steps are judged one by one (e2e/clients/scripts/steps.py). */
export interface ClientReport {
  /** Requests sent. */
  readonly calls: number;
  /** HTTP status -> how many. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Step -> what it returned. */
  readonly results: Readonly<Record<string, unknown>>;
  /** Step -> what went wrong, with the requests that were refused. */
  readonly failures: Readonly<Record<string, unknown>>;
}
