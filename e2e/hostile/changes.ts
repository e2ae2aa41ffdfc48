import type { Snapshot } from '../conformance/snapshot.ts';

/**
 * What of another team's data is not as it was, place by place. The order of keys says nothing: several workers of MLflow
 * write it differently.
 */
export function changesBetween(before: Snapshot, after: Snapshot): readonly string[] {
  return [...after].flatMap(([asked, now]) => {
    const was = before.get(asked) ?? '';
    if (now === was) return [];
    return differ(parsed(was), parsed(now)).map((place) => `${asked}: ${place}`);
  });
}

/** An answer of a snapshot: a status and a body. */
function parsed(answer: string): unknown {
  const blank = answer.indexOf(' ');
  try {
    return { status: answer.slice(0, blank), body: JSON.parse(answer.slice(blank + 1)) as unknown };
  } catch {
    return answer;
  }
}

function differ(before: unknown, after: unknown, at = ''): string[] {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null)
    return before === after
      ? []
      : [`${at} was ${JSON.stringify(before)?.slice(0, 200)}, is ${JSON.stringify(after)?.slice(0, 200)}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differ((before as Record<string, unknown>)[key], (after as Record<string, unknown>)[key], `${at}.${key}`),
  );
}
