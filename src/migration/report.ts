/** What has to be told of one resource. */
export interface Finding {
  /**
   * `left`: asked for, and left alone. `failed`: tried, and MLflow did not do it. `warning`: done (or to be done), and
   * somebody should look.
   */
  readonly result: 'left' | 'failed' | 'warning';
  readonly kind: string;
  readonly id: string;
  readonly title?: string;
  /** What it is in: an experiment, a registered model. */
  readonly in?: string;
  readonly why: string;
}

/** What a report calls a resource. */
export type Name = Pick<Finding, 'kind' | 'id' | 'title' | 'in'>;

/** How many resources of a kind. */
export interface Count {
  /** To be given to the tenant, or given. */
  adopted: number;
  /** The tenant's already. */
  already: number;
  left: number;
  failed: number;
}

/** Findings of a result that are kept one by one, so that memory has a bound; the others are counted. */
export const MAX_FINDINGS = 1_000;

const RESULTS = ['left', 'failed', 'warning'] as const;

/** Counts and findings of one pass over the data. */
export class Report {
  readonly counts: Record<string, Count> = {};
  readonly findings: Finding[] = [];
  /** Experiments, models, datasets and servers to be given, or given; the first `MAX_FINDINGS`. */
  readonly adopted: Name[] = [];
  readonly #seen: Record<Finding['result'], number> = { left: 0, failed: 0, warning: 0 };

  /** The count of a kind. */
  of(kind: string): Count {
    this.counts[kind] ??= { adopted: 0, already: 0, left: 0, failed: 0 };
    return this.counts[kind];
  }

  add(finding: Finding): void {
    this.#seen[finding.result] += 1;
    if (finding.result !== 'warning') this.of(finding.kind)[finding.result] += 1;
    if (this.#seen[finding.result] <= MAX_FINDINGS) this.findings.push(finding);
  }

  noteAdopted(name: Name): void {
    if (this.adopted.length < MAX_FINDINGS) this.adopted.push(name);
  }

  /** Takes over what another one found, and what it counted. */
  merge(other: Report, { counts }: { readonly counts: boolean }): void {
    for (const [kind, count] of Object.entries(other.counts)) {
      const own = this.of(kind);
      if (counts) own.adopted += count.adopted;
      own.already += count.already;
      own.left += count.left;
      own.failed += count.failed;
    }
    if (counts) for (const name of other.adopted) this.noteAdopted(name);
    for (const result of RESULTS) {
      const kept = this.findings.filter((finding) => finding.result === result).length;
      this.findings.push(
        ...other.findings.filter((one) => one.result === result).slice(0, MAX_FINDINGS - kept),
      );
      this.#seen[result] += other.#seen[result];
    }
  }

  /** How many findings of a result there were. */
  number(result: Finding['result']): number {
    return this.#seen[result];
  }

  /** Findings that were counted and not kept. */
  get more(): number {
    return Object.values(this.#seen).reduce((sum, n) => sum + Math.max(0, n - MAX_FINDINGS), 0);
  }
}
