import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Older commits are not checked. A time and not a commit, so that shallow clones and imported histories can be checked too. */
const SINCE = '2026-11-29T00:00:00Z';
const LONGEST = 72;
const AREAS = /^[a-z0-9.][\w./-]*(?:, [a-z0-9.][\w./-]*)*: \S/;

/**
 * The problems of a commit subject, by the rules of docs/style.md that need no reader: area, length, no full stop.
 *
 * @example
 * subjectProblems('Fixes a bug.'); // ['has no area, as in "catalog: treat ..."', 'ends with a full stop']
 */
export function subjectProblems(subject: string): string[] {
  return [
    ...(AREAS.test(subject) ? [] : ['has no area, as in "catalog: treat ..."']),
    ...(subject.length > LONGEST ? [`has ${subject.length} characters, more than ${LONGEST}`] : []),
    ...(subject.endsWith('.') ? ['ends with a full stop'] : []),
  ];
}

/**
 * The subjects of the commits since a time that the clone has, without merges, whose subjects git writes. A shallow clone lacks the parents of a
 * merge, so merges are also recognised by their subject.
 *
 * @returns an empty list without a git history, as in an archive of the source
 */
export function subjectsSince(since: string, dir: string): string[] {
  const log = ['-C', dir, 'log', '--no-merges', `--since-as-filter=${since}`, '--format=%s'];
  try {
    const out = execFileSync('git', log, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return out.split('\n').filter((subject) => subject !== '' && !subject.startsWith('Merge '));
  } catch {
    return [];
  }
}

if (import.meta.main) {
  const problems = subjectsSince(SINCE, fileURLToPath(new URL('..', import.meta.url))).flatMap((subject) =>
    subjectProblems(subject).map((problem) => `${JSON.stringify(subject)} ${problem}`),
  );
  for (const problem of problems) console.error(`commit subject ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
