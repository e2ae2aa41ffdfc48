import { KINDS } from '../catalog/generated/catalog.ts';
import type { Field, FieldClass, Operation } from '../catalog/types.ts';
import { DenialError } from '../denial.ts';
import type { FieldUse } from './types.ts';

/** A name and what qualifies it: a skill and its organisation. */
export interface QualifiedName {
  readonly qualifier: string;
  readonly name: string;
}

/**
 * The id of a resource with a qualified name, as MLflow writes it in `include_skill_identities`.
 *
 * @param qualifier empty for a name without one
 * @example
 * qualify('acme', 'code-review'); // '@acme/code-review'
 */
export function qualify(qualifier: string, name: string): string {
  return qualifier === '' ? name : `@${qualifier}/${name}`;
}

/**
 * The parts of an id; `undefined` for a name without a qualifier.
 *
 * @example
 * splitName('@acme/code-review'); // { qualifier: 'acme', name: 'code-review' }
 */
export function splitName(id: string): QualifiedName | undefined {
  const [, qualifier, name] = /^@([^/]+)\/(.+)$/s.exec(id) ?? [];
  return qualifier === undefined || name === undefined ? undefined : { qualifier, name };
}

/** Kinds whose names may have a qualifier (`qualified` in openapi/kinds.yaml). */
const QUALIFIED: ReadonlySet<string> = new Set(
  KINDS.flatMap(({ kind, qualified }) => (qualified === undefined ? [] : [kind])),
);

/** How the names of an operation's requests are joined with their qualifier; prepared at start. */
export interface NameJoin {
  /** Joins the names in the path and the query. */
  readonly head: (uses: readonly FieldUse[], parameters: Readonly<Record<string, string>>) => FieldUse[];
  /** Joins the names in the body, which may repeat the qualifier of the path. */
  readonly body: (uses: readonly FieldUse[], parameters: Readonly<Record<string, string>>) => FieldUse[];
}

/**
 * Joins names with their qualifier, so that a use has the whole id of its resource. A name itself may not look like a qualified
 * one: `@acme/x` without an organisation would be judged as another resource than MLflow reads.
 *
 * @returns `undefined` for an operation without such names. The functions throw `DenialError` `invalid_field`
 * @example
 * nameJoin(operation)?.head(uses, parameters); // a reference to '@acme/code-review', of organization=acme and name=code-review
 */
export function nameJoin({ path, bodyFields }: Pick<Operation, 'path' | 'bodyFields'>): NameJoin | undefined {
  const named = path.some(({ policy }) => isName(policy));
  if (!named && !bodyFields.some(holdsName)) return undefined;
  const by = path.find(({ policy }) => isQualifier(policy))?.name;
  const ofPath = (parameters: Readonly<Record<string, string>>): string =>
    by === undefined ? '' : parameters[by]!;
  return {
    head: (uses, parameters) => join(uses, ofPath(parameters)),
    body: (uses, parameters) => {
      const given = qualifierIn(uses);
      // MLflow takes both from the path, and the body may only repeat them.
      if (named && given !== undefined && given !== ofPath(parameters))
        throw new DenialError('invalid_field', 'The organization in the body differs from that in the path.');
      return join(uses, named ? ofPath(parameters) : (given ?? ''));
    },
  };
}

function join(uses: readonly FieldUse[], qualifier: string): FieldUse[] {
  if (/[@/]/.test(qualifier))
    throw new DenialError('invalid_field', 'An organization has no "@" and no "/".');
  return uses.flatMap((use): FieldUse[] => {
    if (isQualifier(use.policy)) return [];
    if (!isName(use.policy) || use.value === '') return [use];
    if (/[@/]/.test(use.value))
      throw new DenialError('invalid_field', `${use.at} must be a name without "@" and "/".`);
    return [{ ...use, value: qualify(qualifier, use.value) }];
  });
}

function qualifierIn(uses: readonly FieldUse[]): string | undefined {
  return uses.find(({ policy }) => isQualifier(policy))?.value;
}

function holdsName({ policy, fields = [] }: Field): boolean {
  return (policy !== undefined && isName(policy)) || fields.some(holdsName);
}

function isQualifier(policy: FieldClass): boolean {
  return policy.class === 'qualifier';
}

function isName(policy: FieldClass): boolean {
  return (policy.class === 'reference' || policy.class === 'new-name') && QUALIFIED.has(policy.kind);
}
