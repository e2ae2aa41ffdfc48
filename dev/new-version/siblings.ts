import type { SurveyedOperation } from './survey.ts';

/** The group that a new group resembles most, and the kind of its resources. */
export interface Template {
  readonly group: string;
  readonly kind: string;
}

/** `mcp-servers` → `mcp-server`. */
export function singular(group: string): string {
  return group.replace(/ies$/, 'y').replace(/s$/, '');
}

/** The words of an operation id; the name of the group's resource is `#`: `setMcpServerTag` of `mcp-servers` is `set # tag`. */
export function shapeOf(id: string, group: string): string[] {
  const words = id.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+/g) ?? [id];
  const noun = singular(group).split('-');
  const shape: string[] = [];
  for (let at = 0; at < words.length; ) {
    const found = noun.every(
      (word, offset) => singular(words[at + offset]?.toLowerCase() ?? '') === singular(word),
    );
    shape.push(found ? '#' : singular((words[at] ?? '').toLowerCase()));
    at += found ? noun.length : 1;
  }
  return shape;
}

/**
 * The known group with the most operations of the same shapes as a new group; `undefined` below two.
 *
 * @example
 * templateOf('skills', [createSkill, setSkillTag], known); // { group: 'mcp-servers', kind: 'mcp-server' }
 */
export function templateOf(
  group: string,
  operations: readonly SurveyedOperation[],
  known: readonly SurveyedOperation[],
): Template | undefined {
  const wanted = new Set(operations.map(({ id }) => shapeOf(id, group).join(' ')));
  const scores = [...Map.groupBy(known, (one) => one.group)].map(([candidate, members]) => {
    const shapes = new Set(members.map(({ id }) => shapeOf(id, candidate).join(' ')));
    return {
      candidate,
      score: [...wanted].filter((shape) => shape.includes('#') && shapes.has(shape)).length,
    };
  });
  const best = scores.sort((a, b) => b.score - a.score || (a.candidate < b.candidate ? -1 : 1))[0];
  return best === undefined || best.score < 2
    ? undefined
    : { group: best.candidate, kind: singular(best.candidate) };
}

/**
 * The operation of a group that does most nearly the same: the same verb, and at least half of the words in common.
 *
 * @param group - the group of the known operations, which `known` may mix with others
 */
export function siblingOf(
  operation: SurveyedOperation,
  group: string,
  known: readonly SurveyedOperation[],
): SurveyedOperation | undefined {
  const shape = new Set(shapeOf(operation.id, operation.group));
  const [verb] = shape;
  const scored = known
    .filter((one) => one.group === group)
    .map((one) => {
      const other = new Set(shapeOf(one.id, group));
      const same = shape.intersection(other).size / shape.union(other).size;
      return { one, score: [...other][0] === verb ? same + (one.method === operation.method ? 0.01 : 0) : 0 };
    })
    .filter(({ score }) => score >= 0.5)
    .sort((a, b) => b.score - a.score || (a.one.id < b.one.id ? -1 : 1));
  return scored[0]?.one;
}
