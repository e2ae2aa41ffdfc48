/** An exception as a program sees it that catches it (scripts/day/day.py). */
interface Raised {
  readonly class: string;
  readonly is_a?: readonly string[];
  readonly error_code?: string | null;
  /** HTTP status, where the exception is one of `requests`. */
  readonly status?: number | null;
  readonly message: string;
}

/** One call of MLflow's client and its result. */
export interface Step {
  /** `area.what`. */
  readonly step: string;
  /** The expected result straight at MLflow. */
  readonly expected: 'value' | 'error' | 'either';
  readonly value?: unknown;
  readonly error?: Raised;
  /** Requests sent for it. */
  readonly requests: number;
  readonly ms: number;
}

/** The ids that a day made, for another tenant to try. */
export interface DayIds {
  readonly experiment_id: string;
  readonly experiment_name: string;
  readonly run_id: string;
  readonly run_ids: readonly string[];
  readonly model_name: string;
  readonly model_version: string;
  readonly model_uri: string;
  readonly logged_model_ids: readonly string[];
  readonly trace_ids: readonly string[];
  readonly prompt_name: string;
  readonly dataset_id: string;
  readonly skill_name: string;
  readonly skill_organization: string;
  readonly artifact_uri: string;
}

/** The output of scripts/day_of_work.py. */
export interface DayReport {
  /** Requests sent. */
  readonly calls: number;
  readonly steps: readonly Step[];
  readonly ids: DayIds;
}

/** The output of scripts/other_tenant.py. */
export interface AttemptReport {
  readonly results: Readonly<Record<string, unknown>>;
  readonly failures: Readonly<Record<string, unknown>>;
  readonly leaks: readonly string[];
  readonly attempts: number;
}

/** The output of a script whose steps are checked one by one (scripts/steps.py). */
export interface ClientReport {
  /** Requests sent. */
  readonly calls: number;
  /** HTTP status -> how many. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Step -> its result. */
  readonly results: Readonly<Record<string, unknown>>;
  /** Step -> its error, with the refused requests. */
  readonly failures: Readonly<Record<string, unknown>>;
}
