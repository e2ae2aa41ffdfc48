/** A problem with the configuration. */
export interface ConfigError {
  /** The variable as it was set (an alias if that was used). */
  readonly variable: string;
  /** The problem, to follow the name of the variable: `is "80a" but must be ...`. */
  readonly problem: string;
  /** The remedy, as a sentence. */
  readonly fix: string;
}
