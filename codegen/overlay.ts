import { type JsonValue, query } from 'jsonpath-rfc9535';

export interface OverlayAction {
  readonly target: string;
  readonly description?: string;
  readonly update?: unknown;
  readonly remove?: boolean;
}

export interface Overlay {
  readonly overlay: string;
  readonly actions: readonly OverlayAction[];
}

/**
 * Applies an OpenAPI Overlay 1.0 (https://spec.openapis.org/overlay/v1.0.0) to a parsed description, in place.
 * Targets are RFC 9535 JSONPath. Unlike the specification, a target that matches nothing is an error: here it
 * means that a policy no longer guards anything.
 *
 * `remove` is not supported, because policy must never make an operation disappear from the description.
 *
 * @returns the problems found; empty when every action took effect
 * @example
 * const problems = applyOverlay(description, overlay);
 */
export function applyOverlay(document: unknown, overlay: Overlay): string[] {
  const problems: string[] = [];
  if (!/^1\.0\.\d+$/.test(overlay.overlay)) problems.push(`overlay version ${overlay.overlay} is not 1.0.x`);
  for (const action of overlay.actions) {
    if (action.remove !== undefined) {
      problems.push(`${action.target}: remove is not supported in a policy overlay`);
      continue;
    }
    let targets: JsonValue[];
    try {
      targets = query(document as JsonValue, action.target);
    } catch (error) {
      problems.push(`${action.target}: not a JSONPath (${(error as Error).message})`);
      continue;
    }
    if (targets.length === 0) problems.push(`${action.target}: matches nothing`);
    for (const target of targets) {
      if (isObject(target) && isObject(action.update)) merge(target, action.update);
      else problems.push(`${action.target}: both target and update must be objects`);
    }
  }
  return problems;
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(from)) {
    const known = into[key];
    if (isObject(known) && isObject(value)) merge(known, value);
    else if (Array.isArray(known) && Array.isArray(value)) known.push(...value);
    // A copy: a later action that merges into one of the targets must not reach the others.
    else into[key] = structuredClone(value);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
