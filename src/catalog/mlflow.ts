/** The names of the properties in lists of tags. */
export interface TagItem {
  readonly key: string;
  readonly value: string;
}

/** The permitted actions of a scorer or an optimizer (a field of class `scorer-json`) on the MLflow server. */
export interface ScorerPolicy {
  /** Schemes of models that the AI gateway serves. */
  readonly gateway: readonly string[];
  /** Schemes of models that MLflow calls with its own credentials. */
  readonly server: readonly string[];
  /** Names of such models without a scheme. */
  readonly serverModels: readonly string[];
  /** Keys that make MLflow execute code, redirect requests, or write files. */
  readonly keys: readonly string[];
  /** Keys with arguments of a library as values, and the accepted arguments. */
  readonly arguments: readonly string[];
  readonly known: readonly string[];
  /** Key of a list of ids -> their kind. */
  readonly names: Readonly<Record<string, string>>;
}

/** The tag keys that MLflow itself uses, in any surveyed version. */
export interface KnownTags {
  /** The prefix of them all. */
  readonly namespace: string;
  readonly keys: readonly string[];
  /** Prefixes of keys. */
  readonly prefixes: readonly string[];
}
