import { type DescribedOperation, type Description, operationsOf } from '../description.ts';
import { fileOf, groupOf, type Policy } from './read.ts';

/**
 * Adds the policy to the description, in place: `x-gateway` of each operation, and of the description itself.
 *
 * An operation that the policy does not list has no `x-gateway`, so that `buildOperations` reports it.
 *
 * @returns entries that match no operation, match one twice, or are in the file of another group
 */
export function applyPolicy(description: Description, { entries, settings }: Policy): string[] {
  const problems: string[] = [];
  const described = new Map(
    [...operationsOf(description)].map((found) => [found.described.operationId, found.described]),
  );
  const files = new Map<string, string>();
  for (const { id, file, policy } of entries) {
    const problem = (text: string): void => void problems.push(`${file}: ${id}: ${text}`);
    const operation = described.get(id);
    const first = files.get(id);
    if (operation === undefined) problem('the description has no such operation');
    else if (first !== undefined)
      problem(`listed twice, ${first === file ? 'in this file' : `also in ${first}`}`);
    else {
      const group = groupOfOperation(operation);
      if (group !== groupOf(file)) problem(`belongs to ${fileOf(group)}`);
      Object.assign(operation, { 'x-gateway': policy });
    }
    files.set(id, first ?? file);
  }
  Object.assign(description, { 'x-gateway': settings });
  return problems;
}

/** The group of an operation: its tag in the description. */
const groupOfOperation = ({ tags }: DescribedOperation): string => tags?.[0] ?? 'other';

/** A problem of an operation (`id: ...` or `id (POST /path): ...`), with the file that its policy belongs to. */
export function withFile(description: Description, problem: string): string {
  const id = /^\w+/.exec(problem)?.[0];
  for (const { described } of operationsOf(description)) {
    if (described.operationId === id) return `${fileOf(groupOfOperation(described))}: ${problem}`;
  }
  return problem;
}
