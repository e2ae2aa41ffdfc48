import { type Document, isScalar, type LineCounter, visit } from 'yaml';

/**
 * The prefix of a value that `npm run new-version` wrote and that no person has confirmed: `run_id: proposed:reference:run`. It is part of
 * the value, so that a program that does not know of marks refuses it, and a formatter that drops comments keeps it.
 */
export const MARK = 'proposed:';

/** In place of a value that the tool could not propose: a person writes the value and removes the mark. */
export const UNDECIDED = `${MARK}?`;

/** A marked value, by line. */
export interface Marked {
  readonly line: number;
  /** The value without the mark. */
  readonly value: string;
}

/**
 * Finds every marked value of a file of policy, and removes the marks from the document, so that its other problems are reported as if the
 * proposals were confirmed.
 *
 * @example
 * const lines = new LineCounter();
 * takeMarks(parseDocument('run_id: proposed:reference:run', { lineCounter: lines }), lines); // [{ line: 1, value: 'reference:run' }]
 */
export function takeMarks(document: Document, lines: LineCounter): Marked[] {
  const found: Marked[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (!isScalar(node) || typeof node.value !== 'string' || !node.value.startsWith(MARK)) return;
      const value = node.value.slice(MARK.length);
      found.push({ line: lines.linePos(node.range?.[0] ?? 0).line, value });
      node.value = value;
    },
  });
  return found;
}

/** The problem of a marked value. */
export function markProblem(file: string, { line, value }: Marked): string {
  return value === '?'
    ? `${file}:${line}: ${OPEN} write the value in place of "${UNDECIDED}"`
    : `${file}:${line}: ${UNCONFIRMED} "${value}". Remove "${MARK}" once it is right`;
}

const OPEN = 'undecided:';
const UNCONFIRMED = 'proposed, not confirmed:';

/** Whether a problem is one of `markProblem`. */
export function isMarkProblem(problem: string): boolean {
  return [OPEN, UNCONFIRMED].some((words) => problem.includes(`: ${words} `));
}

/** The problems without those that only repeat that a value is undecided. A `?` without a mark stays a problem. */
export function withoutEchoes(problems: readonly string[]): string[] {
  const isOpen = problems.some((problem) => problem.includes(`: ${OPEN} `));
  return problems.filter((problem) => !(isOpen && problem.includes('"?" is not a field class')));
}
