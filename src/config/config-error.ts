/** A problem with the configuration. */
export interface ConfigError {
  /** The variable as it was set (an alias if that was used). */
  readonly variable: string;
  /** What is wrong, to follow the name: `is "80a" but must be ...`. */
  readonly problem: string;
  /** What to do about it, as a sentence. */
  readonly fix: string;
}
