import { LIMITS } from '../limits.ts';
import type { Operation } from './types.ts';

interface Node {
  readonly words: Map<string, Node>;
  /** The node below a parameter. */
  parameter?: Node;
  /** The parameter takes all that follows. */
  takesRest?: true;
}

const node = (): Node => ({ words: new Map() });

/** Stands for a segment that may hold an id, a name or any other value. */
const VALUE = '{}';
/** The template of every path that begins unlike any of the catalog: icons, scanners, wrong addresses. */
export const ELSEWHERE = `/${VALUE}`;
const VERSION = /^\d{1,2}\.\d{1,2}$/;
/** A word of an API, such as `skills` or `label-schemas`. Ids, numbers, hexadecimal text with digits, UUIDs and tokens are none. */
const PLAIN_WORD = /^[a-z]{2,}(?:-[a-z]{2,}){0,2}$/;
/** Words joined by hyphens, underscores, colons or capitals: `batchGetInfos`, `delete-tag`. */
const JOINED = /^[A-Za-z]{2,}(?:[-_:][A-Za-z]{2,}){0,5}$/;

/** The place of a path in MLflow's API. */
export interface Resource {
  /** The words that name the resource: `['skills']`, `['gateway', 'endpoints']`. */
  readonly words: readonly string[];
  /** The segments after them. */
  readonly rest: readonly string[];
}

/**
 * Reduces paths that the catalog lacks to templates that hold no value of a request, so that they may be counted and logged
 * ([ADR 57](../../docs/adr/0057-unknown-operations.md)).
 *
 * A segment is kept only
 *
 * - where the catalog has this fixed word at this place;
 * - if it consists of words that the catalog's paths consist of (`restore`, `delete-tag`);
 * - once in a path, as the name of a resource that the catalog lacks: a plain word where the catalog has the names of resources.
 *   No MLflow has names that callers choose at these places.
 *
 * All others become `{}`, and neighbouring ones one `{}`. A path that begins unlike any of the catalog is `/{}`. The result has at most `LIMITS.unknownPathSegments` segments.
 *
 * @example
 * new PathShapes(OPERATIONS).of('/api/3.0/mlflow/skills/my-skill/versions/3'); // '/api/3.0/mlflow/skills/{}/versions/{}'
 */
export class PathShapes {
  readonly #root = node();
  readonly #words = new Set<string>();

  constructor(operations: readonly Operation[]) {
    for (const { paths, path } of operations) {
      const rest = new Set(path.filter((parameter) => parameter.rest).map(({ name }) => name));
      for (const template of paths) this.#add(template, rest);
    }
  }

  /** The template of a path. It costs a few map lookups for each of a limited number of segments. */
  of(path: string): string {
    const out: string[] = [];
    let at: Node | undefined = this.#root;
    for (const segment of path.split('/', LIMITS.unknownPathSegments.value + 1)) {
      if (segment === '') continue;
      const known: Node | undefined = at && wordBelow(at, segment);
      if (known !== undefined) {
        out.push(segment);
        at = known;
        continue;
      }
      const parameter: Node | undefined = at?.parameter;
      // After a value no new word is kept: it may be a part of the value.
      const isName =
        at !== undefined && !out.includes(VALUE) && this.#namesResources(at) && isPlainWord(segment);
      if (at === this.#root) return ELSEWHERE;
      const kept = parameter === undefined && (isName || this.#isOfCatalog(segment));
      if (kept || out.at(-1) !== VALUE) out.push(kept ? segment : VALUE);
      if (at?.takesRest) break;
      at = parameter;
    }
    return `/${out.join('/')}`;
  }

  /** The resource that a path is about, or `undefined` for one outside the mounts of the catalog. */
  resourceOf(path: string): Resource | undefined {
    const segments = path.slice(1).split('/');
    // `/api/3.0/mlflow/skills`: two segments of a mount, then the namespace.
    const begin = VERSION.test(segments[1] ?? '') ? 3 : 0;
    let at: Node | undefined = this.#root;
    let end = 0;
    for (const segment of segments) {
      if (at === undefined || (end >= begin && at !== this.#root && !this.#namesResources(at))) break;
      at = wordBelow(at, segment);
      end++;
    }
    if (begin >= end) return undefined;
    return { words: segments.slice(begin, end), rest: segments.slice(end) };
  }

  #add(template: string, rest: ReadonlySet<string>): void {
    let at = this.#root;
    for (const segment of template.slice(1).split('/')) {
      const parameter = /^\{(\w+)\}/.exec(segment)?.[1];
      if (parameter === undefined) {
        for (const word of wordsIn(segment)) this.#words.add(word);
        const below: Node = at.words.get(segment) ?? node();
        at.words.set(segment, below);
        at = below;
      } else {
        if (rest.has(parameter)) at.takesRest = true;
        at.parameter ??= node();
        at = at.parameter;
      }
    }
  }

  /** Whether the words below name resources (`/api/2.0/mlflow`) rather than the verbs of one (`/api/2.0/mlflow/runs`). */
  #namesResources(at: Node): boolean {
    if (at === this.#root || at.parameter !== undefined || at.words.size < 2) return false;
    const withMore = [...at.words.values()].filter(({ words, parameter }) => words.size > 0 || parameter);
    return withMore.length * 2 >= at.words.size;
  }

  #isOfCatalog(segment: string): boolean {
    return (
      segment.length <= LIMITS.unknownPathWord.value * 2 &&
      JOINED.test(segment) &&
      wordsIn(segment).every((word) => this.#words.has(word))
    );
  }
}

function isPlainWord(segment: string): boolean {
  return segment.length <= LIMITS.unknownPathWord.value && PLAIN_WORD.test(segment);
}

/** The node below a fixed word. A version of the API that the catalog lacks has the words of the largest one that it has. */
function wordBelow(at: Node, segment: string): Node | undefined {
  const known = at.words.get(segment);
  if (known !== undefined || !VERSION.test(segment)) return known;
  let largest: Node | undefined;
  for (const [word, below] of at.words)
    if (VERSION.test(word) && (largest === undefined || below.words.size >= largest.words.size))
      largest = below;
  return largest;
}

function wordsIn(segment: string): string[] {
  return segment
    .split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}
