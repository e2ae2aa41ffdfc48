import type { Method, Operation } from './types.ts';

/** An operation found for a method and path, with its path parameters as received (not decoded). */
export interface Match {
  readonly operation: Operation;
  /** The template that matched: the mount that the caller used, on which the request is also sent. */
  readonly template: string;
  readonly rawParameters: Readonly<Record<string, string>>;
}

/** `methods` lists the methods that the path serves; empty for an unknown path. */
export interface NoMatch {
  readonly operation: undefined;
  readonly methods: readonly string[];
}

const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze({});

interface Leaf {
  readonly operation: Operation;
  readonly template: string;
  readonly names: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter?: Node;
  /** Matches a segment that begins with `@`: a parameter behind this mark. */
  marked?: Node;
  /** Matches one or more segments (a `path` converter). */
  rest?: Node;
  readonly leaves: Map<string, Leaf>;
  readonly isRest?: true;
  /** For a `rest` that is the path of an artifact to delete: it may end in a slash. */
  deletesArtifacts?: true;
}

const node = (): Node => ({ literals: new Map(), leaves: new Map() });

/**
 * The lookup from method and path to operation.
 *
 * Fixed paths are found by exact string equality: no prefix, no case folding, no decoding, so that a path that MLflow would read
 * differently is unknown (CVE-2021-29492, CVE-2026-27587). Only templated paths walk a small tree of segments. A parameter that may
 * hold slashes never matches a segment that is a fixed word of a sibling route (`.../{name}/versions/...`): two routers would read
 * such a name differently, so the path is unknown. Only the path of an artifact to delete may end in a slash. Where a template has
 * a marked parameter (`@{organization}`), a segment that begins with `@` matches nothing else, and one that begins with `%40`, which
 * a router decodes to it, matches nothing.
 */
export class CatalogIndex {
  readonly #exact = new Map<string, Map<string, Match>>();
  readonly #root = node();
  /** Fixed words that follow a slash-holding parameter somewhere. */
  readonly #reserved = new Set<string>();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) {
      for (const template of operation.paths) {
        if (template.includes('{')) this.#addTemplate(operation, template);
        else this.#addExact(operation, template);
      }
    }
  }

  /**
   * Finds the operation for a request.
   *
   * @param method as received; matched case-sensitively (RFC 9110 section 9.1)
   * @param path the raw path of the request target, without query, not decoded
   * @example
   * const match = index.find('GET', '/api/2.0/mlflow/runs/get');
   */
  find(method: string, path: string): Match | NoMatch {
    const exact = this.#exact.get(path);
    const hit = exact?.get(method);
    if (hit !== undefined) return hit;
    const segments = path.split('/');
    segments.shift();
    const found: { match?: Match; methods: Set<string> } = { methods: new Set(exact?.keys()) };
    this.#walk(this.#root, segments, 0, [], method, found);
    return found.match ?? { operation: undefined, methods: [...found.methods] };
  }

  #addExact(operation: Operation, path: string): void {
    const byMethod = this.#exact.get(path) ?? new Map<string, Match>();
    if (byMethod.has(operation.method)) throw new Error(`two operations serve ${operation.method} ${path}`);
    byMethod.set(operation.method, { operation, template: path, rawParameters: NO_PARAMETERS });
    this.#exact.set(path, byMethod);
  }

  #addTemplate(operation: Operation, template: string): void {
    const rest = new Map(operation.path.filter((p) => p.rest).map((p) => [p.name, p.policy.class]));
    let at = this.#root;
    let afterRest = false;
    const names: string[] = [];
    for (const segment of template.slice(1).split('/')) {
      const mark = segment.startsWith('@{') ? '@' : '';
      const name = /^@?\{(\w+)\}(:\w+)?$/.exec(segment)?.[1];
      if (name !== undefined && at.isRest)
        throw new Error(`${template}: after a parameter with slashes there must be a fixed word`);
      if (name === undefined) {
        if (segment.includes('{')) throw new Error(`${template}: a parameter must fill its whole segment`);
        if (afterRest) this.#reserved.add(segment);
        at = getOrAdd(at.literals, segment);
        continue;
      }
      // `{name}:verb` (Google's custom methods): the verb is part of the node's identity.
      const verb = segment.slice(mark.length + name.length + 2);
      if (mark !== '' && (verb !== '' || rest.has(name)))
        throw new Error(`${template}: a parameter behind a mark is one whole segment`);
      names.push(verb === '' ? name : `${name}${verb}`);
      if (verb !== '') at = getOrAdd(at.literals, verb);
      if (rest.has(name)) {
        afterRest = true;
        at.rest ??= { ...node(), isRest: true };
        at = at.rest;
        if (operation.method === 'DELETE' && rest.get(name) === 'artifact-path') at.deletesArtifacts = true;
      } else if (mark !== '') {
        at.marked ??= node();
        at = at.marked;
      } else {
        at.parameter ??= node();
        at = at.parameter;
      }
    }
    if (at.leaves.has(operation.method))
      throw new Error(`two operations serve ${operation.method} ${template}`);
    at.leaves.set(operation.method, { operation, template, names });
  }

  #walk(
    at: Node,
    segments: readonly string[],
    depth: number,
    values: readonly string[],
    method: string,
    found: { match?: Match; methods: Set<string> },
  ): boolean {
    if (depth === segments.length) {
      for (const known of at.leaves.keys()) found.methods.add(known);
      const leaf = at.leaves.get(method);
      if (leaf === undefined) return false;
      found.match = {
        operation: leaf.operation,
        template: leaf.template,
        rawParameters: named(leaf.names, values),
      };
      return true;
    }
    const segment = segments[depth]!;
    if (segment === '') return false;
    const literal = at.literals.get(segment);
    if (literal && this.#walk(literal, segments, depth + 1, values, method, found)) return true;
    if (at.marked !== undefined) {
      if (segment.startsWith('%40') || segment === '@') return false;
      if (segment.startsWith('@'))
        return this.#walk(at.marked, segments, depth + 1, [...values, segment.slice(1)], method, found);
    }
    const colon = segment.lastIndexOf(':');
    if (colon > 0) {
      const verb = at.literals.get(segment.slice(colon));
      if (
        verb?.parameter &&
        this.#walk(verb.parameter, segments, depth + 1, [...values, segment.slice(0, colon)], method, found)
      )
        return true;
    }
    if (at.parameter && this.#walk(at.parameter, segments, depth + 1, [...values, segment], method, found))
      return true;
    if (at.rest === undefined) return false;
    // One end is possible, so that the work is linear in the path: before the first fixed word, or the path's own.
    const end = this.#endOfRest(at.rest, segments, depth);
    if (end === depth) return false;
    // MLflow's client deletes a directory as `dir/`, and MLflow deletes nothing if `dir/` is a file: the slash is part of the path.
    // To read or write `dir/` has a different meaning in each version of MLflow.
    const slash =
      method === 'DELETE' && at.rest.deletesArtifacts && end === segments.length - 1 && segments[end] === '';
    const next = slash ? end + 1 : end;
    const taken = segments.slice(depth, next).join('/');
    return this.#walk(at.rest, segments, next, [...values, taken], method, found);
  }

  #endOfRest(rest: Node, segments: readonly string[], depth: number): number {
    const words = hasLiterals(rest);
    let end = depth;
    while (end < segments.length) {
      const segment = segments[end]!;
      if (segment === '' || (words && this.#reserved.has(segment))) break;
      end++;
    }
    return end;
  }
}

function hasLiterals(at: Node): boolean {
  return at.literals.size > 0;
}

function getOrAdd(map: Map<string, Node>, key: string): Node {
  const known = map.get(key);
  if (known) return known;
  const added = node();
  map.set(key, added);
  return added;
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  names.forEach((name, i) => {
    out[name.replace(/:.*$/, '')] = values[i]!;
  });
  return out;
}

/** Type guard for {@link CatalogIndex.find}. */
export function isMatch(match: Match | NoMatch): match is Match {
  return match.operation !== undefined;
}

/** The values of {@link Method}; any other method never reaches the index. */
export const METHODS: ReadonlySet<string> = new Set<Method>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
