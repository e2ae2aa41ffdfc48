/** A line of the report about one resource. */
export interface Finding {
  /**
   * `left`: requested, and left alone. `failed`: MLflow rejected the change. `warning`: adopted (or to be adopted), and a
   * person should check it.
   */
  readonly result: 'left' | 'failed' | 'warning';
  readonly kind: string;
  readonly id: string;
  readonly title?: string;
  /** The id of its container: an experiment or a registered model. */
  readonly in?: string;
  readonly why: string;
}

/** The name of a resource in a report. */
export type Name = Pick<Finding, 'kind' | 'id' | 'title' | 'in'>;

/** Numbers of resources of one kind. */
export interface Count {
  /** Adopted, or to be adopted. */
  adopted: number;
  /** Belonged to the tenant before. */
  already: number;
  left: number;
  failed: number;
}

/** Maximum number of findings kept for each result, which bounds memory. The others are only counted. */
const MAX_FINDINGS = 1_000;

const RESULTS = ['left', 'failed', 'warning'] as const;

/** Counts and findings of one pass over the data. */
export class Report {
  readonly counts: Record<string, Count> = {};
  readonly findings: Finding[] = [];
  /** Experiments, models, datasets, MCP servers and skills that are or will be adopted; the first `MAX_FINDINGS`. */
  readonly adopted: Name[] = [];
  readonly #seen: Record<Finding['result'], number> = { left: 0, failed: 0, warning: 0 };

  /** The numbers of a kind. */
  of(kind: string): Count {
    this.counts[kind] ??= { adopted: 0, already: 0, left: 0, failed: 0 };
    return this.counts[kind];
  }

  add(finding: Finding): void {
    this.#seen[finding.result] += 1;
    if (finding.result !== 'warning') this.of(finding.kind)[finding.result] += 1;
    if (this.#seen[finding.result] <= MAX_FINDINGS) this.findings.push(finding);
  }

  addAdopted(name: Name): void {
    if (this.adopted.length < MAX_FINDINGS) this.adopted.push(name);
  }

  /** Adds the findings of another report, and its numbers of adopted resources if `counts` is true. */
  merge(other: Report, { counts }: { readonly counts: boolean }): void {
    for (const [kind, count] of Object.entries(other.counts)) {
      const own = this.of(kind);
      if (counts) own.adopted += count.adopted;
      own.already += count.already;
      own.left += count.left;
      own.failed += count.failed;
    }
    if (counts) for (const name of other.adopted) this.addAdopted(name);
    for (const result of RESULTS) {
      const kept = this.findings.filter((finding) => finding.result === result).length;
      this.findings.push(
        ...other.findings.filter((one) => one.result === result).slice(0, MAX_FINDINGS - kept),
      );
      this.#seen[result] += other.#seen[result];
    }
  }

  /** The number of findings of a result, including those not kept. */
  number(result: Finding['result']): number {
    return this.#seen[result];
  }

  /** The number of findings that were counted but not kept. */
  get more(): number {
    return Object.values(this.#seen).reduce((sum, n) => sum + Math.max(0, n - MAX_FINDINGS), 0);
  }
}
