import type { FilesOf, ResourceKind } from '../catalog/types.ts';
import { DenialError, REASONS } from '../denial.ts';
import { printable } from '../request/printable.ts';
import type { FieldUse } from '../request/types.ts';
import { collationLetters } from './collation.ts';
import type { ResourceKey } from './reference.ts';

/** The resource kinds of the catalog, with the patterns of their ids compiled once. */
export class Kinds {
  readonly #patterns = new Map<string, RegExp>();
  readonly #byName = new Map<string, ResourceKind>();
  readonly #shapes = new Map<string, RegExp>();
  readonly #files: { readonly kind: string; readonly directory: RegExp; readonly of: FilesOf }[] = [];

  constructor(kinds: readonly ResourceKind[]) {
    for (const kind of kinds) {
      this.#byName.set(kind.kind, kind);
      if (kind.shape !== undefined) this.#shapes.set(kind.kind, new RegExp(`^(?:${kind.shape})$`, 'u'));
      if (kind.files !== undefined)
        this.#files.push({
          kind: kind.kind,
          directory: new RegExp(`^(?:${kind.files.path})(?=/|$)`, 'u'),
          of: kind.files,
        });
      if (kind.pattern !== undefined) this.#patterns.set(kind.kind, new RegExp(`^(?:${kind.pattern})$`, 'u'));
    }
  }

  get(kind: string): ResourceKind | undefined {
    return this.#byName.get(kind);
  }

  /**
   * How MLflow is asked for one resource of the kind.
   *
   * @throws Error for a kind that MLflow cannot look up: a defect of the policy
   */
  lookupOf(kind: string): NonNullable<ResourceKind['lookup']> {
    const lookup = this.#byName.get(kind)?.lookup;
    if (lookup === undefined) throw new Error(`the kind ${kind} has no lookup`);
    return lookup;
  }

  /** Whether a text fits the pattern of the kind's ids; any text but an empty one if the kind has no pattern. */
  fits(kind: string, id: string): boolean {
    return this.#patterns.get(kind)?.test(id) ?? id !== '';
  }

  /** The kinds with ids that can be recognised in the path of an artifact, each with a pattern for them. */
  inPath(): { readonly kind: string; readonly shape: RegExp }[] {
    return [...this.#byName.values()].flatMap(({ kind, inPath }) =>
      inPath === undefined ? [] : [{ kind, shape: new RegExp(`^(?:${inPath})$`, 'u') }],
    );
  }

  /** The directories of files that a URI of the artifact store may lie in, by the path that MLflow chooses for them. */
  filesAt(uri: string): ResourceKey[] {
    return this.#files.flatMap(({ kind, directory }) => {
      const id = directory.exec(uri)?.[0];
      return id === undefined ? [] : [{ kind, id }];
    });
  }

  /** The resource that such a directory belongs to, if it exists. */
  ownerOfFiles(files: FilesOf, directory: string): ResourceKey | undefined {
    const id = this.#files.find(({ of }) => of === files)?.directory.exec(directory)?.[1];
    return id === undefined ? undefined : { kind: files.of, id };
  }

  /** Whether a text looks like an id of the kind, compared as loosely as MLflow's databases compare text. */
  looksLike(kind: string, text: string): boolean {
    return this.#shapes.get(kind)?.test(collationLetters(text)) ?? false;
  }

  /**
   * Refuses an id that MLflow would read as another one: `int()` reads `" 3"`, `03` and `٣` as 3.
   *
   * @throws DenialError `invalid_field`
   */
  checkSpelling(use: FieldUse): void {
    const chosen = use.policy.class === 'new-name' && this.#byName.get(use.policy.kind)?.chosen === true;
    if (!chosen && (use.policy.class !== 'reference' || use.value === '')) return;
    if (use.policy.class !== 'reference' && use.policy.class !== 'new-name') return;
    const pattern = this.#patterns.get(use.policy.kind);
    if (pattern !== undefined && !pattern.test(use.value)) {
      throw new DenialError(
        'invalid_field',
        `Invalid value ${JSON.stringify(printable(use.value))} for parameter '${printable(use.at)}' supplied: expected a well-formed ${use.policy.kind} id.`,
        {},
        // MLflow's stores judge ids, whatever framework read them: always 400.
        REASONS.invalid_field.status,
      );
    }
  }
}
