/** The output of the extraction for one MLflow version, as far as the worksheet needs it. */
export interface Dump {
  readonly mlflow: string;
  readonly operations: Readonly<Record<string, DumpedOperation>>;
  /** Reads that openapi/extract/handwritten.py lacks. Empty unless the extraction was tolerant. */
  readonly decisions: readonly Unlisted[];
  readonly sources: Sources;
  readonly tagKeys: readonly string[];
}

interface DumpedOperation {
  readonly operationId: string;
  readonly mounts: readonly string[];
  readonly where: {
    /** `server/handlers.py:123`, relative to the package mlflow. */
    readonly handler: readonly string[];
    /** `store/tracking/sqlalchemy_store.py:123 SqlAlchemyStore.log_batch`. */
    readonly stores?: readonly string[];
    /** Name of a field → where the source reads it. */
    readonly fields: Readonly<Record<string, string>>;
  };
}

/** A read of a handler that the table of the extraction does not have. */
export interface Unlisted {
  readonly handler: string;
  readonly kind: 'read' | 'not read' | 'cannot be followed';
  readonly at: string;
  readonly name: string;
  readonly place: string | null;
  readonly suggestion: string;
}

/** The functions of MLflow that the operations of one version reach: `openapi/surfaces/sources/`. */
export interface Sources {
  /** File, name, line, digest, and the positions in this list of the functions that it calls. */
  readonly functions: readonly (readonly [string, string, number, string, readonly number[]])[];
  /** Operation → the positions of its handlers. */
  readonly operations: Readonly<Record<string, readonly number[]>>;
}
