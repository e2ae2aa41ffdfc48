import type { PolicyEntry } from '../../codegen/policy/read.ts';
import { riskOfClass, riskOfPermission } from './risks.ts';
import { siblingOf, singular, type Template, templateOf } from './siblings.ts';
import { nameOf, type Place, type SurveyedOperation } from './survey.ts';

/** A value for the policy. `?`: a person has to find it. */
export interface Proposal {
  readonly value: string;
  readonly reason: string;
  /** The consequence of a wrong value. */
  readonly risk: string;
}

export interface ProposedField extends Place, Proposal {
  /** The classes of the fields of this name in known operations: `reference:run in 12: getRun, ...`. */
  readonly others: readonly string[];
}

/** The proposals for a new operation, or for the new fields of a known one. */
export interface ProposedOperation {
  readonly operation: SurveyedOperation;
  /** Only for a new operation. */
  readonly permission?: Proposal;
  /** Rules that differ from the defaults of the group. */
  readonly rules: Readonly<Record<string, string>>;
  /** Further rules of the operation that it resembles, which a person has to write. */
  readonly notCopied: readonly string[];
  readonly fields: readonly ProposedField[];
}

/** The policy of a known operation, as the proposals use it. */
interface Known {
  readonly operation: SurveyedOperation;
  readonly policy: PolicyEntry['policy'];
}

const RULES_TO_COPY = ['workspaces', 'tags'] as const;
const BESIDE_RULES = new Set(['permission', 'fields', ...RULES_TO_COPY]);

/** Classes with an argument that means something in one group only. */
const OF_ITS_GROUP = new Set(['tag-key', 'tag-value', 'tags-json', 'new-name', 'filter']);

/** Types with values that cannot be the id of a resource. */
const HARMLESS = new Set(['boolean', 'enum', 'double', 'timestamp', 'duration']);

const VERBS: readonly (readonly [RegExp, string])[] = [
  [/^(get|list|search|download|query|check|is|export|stream|count)/, 'read'],
  [/^(delete|remove|purge|unset)/, 'delete'],
  [/^(invoke|run|execute|submit|trigger|sync|optimi[sz]e|generate|evaluate|test|schedule)/, 'invoke'],
  [/^(promote|transition)/, 'promote'],
  [/^(grant|revoke|rotate|reveal)/, 'manage'],
  [/^(create|update|set|log|add|register|upload|start|end|finish|restore)/, 'write'],
  [/^(rename|link|upsert|import|patch|put|attach)/, 'write'],
];

/** `bulkRegisterSkills` registers. */
const verbOf = (id: string): string | undefined => {
  const name = id.replace(/^(?:bulk|batch)(?=[A-Z])/, '').replace(/^./, (first) => first.toLowerCase());
  return VERBS.find(([pattern]) => pattern.test(name))?.[1];
};

/**
 * Proposes the policy of new operations and fields from the policy of known ones. The rules, in their order:
 *
 * - A new group takes the most similar known group as its template; a new operation resembles one of its own group or of the template.
 * - A field has the class that it has in the operation that this one resembles; else the class that all fields of its name have;
 *   else, if its type cannot hold an id, `opaque`; else, if its name is that of a kind, a reference with a lookup; else none.
 * - A class that belongs to its group (a filter's dialect, the kind of a tag) is not carried into another. Neither is `opaque`, if MLflow
 *   reads a field of that name somewhere.
 * - A reference is proposed with a lookup where MLflow's check is unproved: the safe side costs a request.
 */
export class Proposer {
  readonly #known: readonly Known[];
  readonly #kinds: ReadonlySet<string>;
  readonly #lookups: ReadonlySet<string>;
  readonly #templates = new Map<string, Template | undefined>();

  constructor(
    operations: ReadonlyMap<string, SurveyedOperation>,
    entries: readonly PolicyEntry[],
    kinds: Readonly<Record<string, { readonly lookup?: unknown }>>,
  ) {
    this.#known = entries.flatMap(({ id, policy }) => {
      const operation = operations.get(id);
      return operation === undefined ? [] : [{ operation, policy }];
    });
    this.#kinds = new Set(Object.keys(kinds));
    this.#lookups = new Set(Object.entries(kinds).flatMap(([kind, { lookup }]) => (lookup ? [kind] : [])));
  }

  /** The template of a group without policy. Call it with all new operations of the group. */
  templateOf(group: string, operations: readonly SurveyedOperation[]): Template | undefined {
    if (this.#known.some(({ operation }) => operation.group === group)) return undefined;
    if (!this.#templates.has(group))
      this.#templates.set(
        group,
        templateOf(
          group,
          operations,
          this.#known.map(({ operation }) => operation),
        ),
      );
    return this.#templates.get(group);
  }

  /** The kinds that the proposals need and the policy lacks. */
  newKinds(proposals: readonly ProposedOperation[]): string[] {
    const used = proposals.flatMap(({ fields }) => fields.map(({ value }) => value.split(':')[1] ?? ''));
    const possible = [...this.#templates]
      .filter(([, template]) => template)
      .map(([group]) => singular(group));
    return possible.filter((kind) => used.includes(kind) && !this.#kinds.has(kind));
  }

  newOperation(operation: SurveyedOperation): ProposedOperation {
    const template = this.#templates.get(operation.group);
    const sibling = this.#sibling(operation, template);
    const policy = sibling?.policy;
    const rules: Record<string, string> = {};
    const defaults = this.#commonRules(template?.group ?? operation.group);
    for (const rule of RULES_TO_COPY) {
      const value = policy?.[rule];
      if (value !== undefined && value !== defaults[rule]) rules[rule] = value;
    }
    return {
      operation,
      permission: this.#permission(operation, sibling, template),
      rules,
      notCopied: Object.keys(policy ?? {}).filter((key) => !BESIDE_RULES.has(key)),
      fields: operation.places.map((place) => this.#field(operation, place, sibling, template)),
    };
  }

  newFields(operation: SurveyedOperation): ProposedOperation {
    const sibling = this.#sibling(operation, undefined);
    return {
      operation,
      rules: {},
      notCopied: [],
      fields: operation.places.map((place) => this.#field(operation, place, sibling, undefined)),
    };
  }

  /** The rules that most operations of a group have; for a new group without a template, those that refuse. */
  commonRules(group: string): { workspaces: string; tags: string } {
    return this.#commonRules(this.#templates.get(group)?.group ?? group);
  }

  #commonRules(group: string): { workspaces: string; tags: string } {
    const members = this.#known.filter(({ operation }) => operation.group === group);
    const most = (rule: 'workspaces' | 'tags'): string =>
      mostCommon(members.flatMap(({ policy }) => policy[rule] ?? [])) ?? 'platform-admin';
    return { workspaces: most('workspaces'), tags: most('tags') };
  }

  #sibling(operation: SurveyedOperation, template: Template | undefined): Known | undefined {
    const others = this.#known.filter(({ operation: { id } }) => id !== operation.id);
    const found = siblingOf(
      operation,
      template?.group ?? operation.group,
      others.map((one) => one.operation),
    );
    return others.find((one) => one.operation === found);
  }

  #permission(
    operation: SurveyedOperation,
    sibling: Known | undefined,
    template: Template | undefined,
  ): Proposal {
    const given = sibling?.policy.permission?.split(':');
    const resource = this.#resource(operation, template, given?.[0]);
    const guessed = verbOf(operation.id);
    const verb = given?.[1] ?? guessed ?? (operation.method === 'GET' ? 'read' : undefined);
    const value = verb === undefined ? '?' : `${resource}:${verb}`;
    const reason = given
      ? `as ${sibling?.operation.id}, which has ${given.join(':')}`
      : guessed
        ? 'by the verb in its name; no known operation is like it'
        : verb
          ? 'it is a GET; no known operation is like it'
          : 'its name has no known verb';
    return { value, reason, risk: riskOfPermission(value) };
  }

  #resource(operation: SurveyedOperation, template: Template | undefined, given: string | undefined): string {
    if (template !== undefined) return operation.group;
    const members = this.#known.filter((one) => one.operation.group === operation.group);
    return (
      given ??
      mostCommon(members.flatMap(({ policy }) => policy.permission?.split(':')[0] ?? [])) ??
      operation.group
    );
  }

  #field(
    operation: SurveyedOperation,
    place: Place,
    sibling: Known | undefined,
    template: Template | undefined,
  ): ProposedField {
    const same = this.#sameName(place.place);
    const forms = [...Map.groupBy(same, ({ form }) => form)]
      .sort(([, a], [, b]) => b.length - a.length)
      .map(([form, found]) => `${form} in ${found.length}: ${someOf(found.map(({ id }) => id))}`);
    const others = forms.length > 5 ? [...forms.slice(0, 4), `${forms.length - 4} more classes`] : forms;
    const { value, reason } = this.#asSibling(operation, place, same, sibling, template) ??
      this.#asOthers(operation, place, same) ??
      byType(place) ??
      this.#byKind(place) ?? {
        value: '?',
        reason: 'no known field has this name, and its type may hold an id',
      };
    return { ...place, value, reason, risk: riskOfClass(value), others };
  }

  #asSibling(
    operation: SurveyedOperation,
    { place }: Place,
    same: readonly SameName[],
    sibling: Known | undefined,
    template: Template | undefined,
  ): Omit<Proposal, 'risk'> | undefined {
    const form = sibling?.policy.fields?.[place];
    if (sibling === undefined || form === undefined) return undefined;
    const reason = `as in ${sibling.operation.id}, which has ${form}`;
    if (template === undefined) return { value: form, reason };
    const [name = '', argument, ...rest] = form.split(':');
    if (argument === template.kind)
      return { value: [name, singular(operation.group), ...rest].join(':'), reason };
    if (OF_ITS_GROUP.has(name))
      return { value: '?', reason: `${sibling.operation.id} has ${form}, which is not for another group` };
    const otherwise = same.find((one) => one.form !== 'opaque');
    if (form === 'opaque' && otherwise !== undefined)
      return {
        value: '?',
        reason: `opaque in ${sibling.operation.id}, but ${otherwise.form} in ${otherwise.id}: MLflow reads it there`,
      };
    return { value: form, reason };
  }

  #asOthers(
    operation: SurveyedOperation,
    { place, at }: Place,
    same: readonly SameName[],
  ): Omit<Proposal, 'risk'> | undefined {
    const forms = new Set(same.map(({ form }) => form));
    const inGroup = new Set(same.filter(({ group }) => group === operation.group).map(({ form }) => form));
    const [form] = forms.size === 1 ? forms : inGroup.size === 1 ? inGroup : [];
    if (form === undefined) return undefined;
    const [name = '', kind = '', ...rest] = form.split(':');
    if (OF_ITS_GROUP.has(name) && inGroup.size === 0)
      return { value: '?', reason: `its name is ${form} elsewhere, which is not for another group` };
    const where =
      forms.size === 1 ? `all ${same.length} fields named ${nameOf(place)}` : 'its name in the group';
    if (name !== 'reference' || rest.length > 0 || at === 'path' || !this.#lookups.has(kind))
      return { value: form, reason: `${where}: ${form}` };
    return {
      value: `${form}:lookup`,
      reason: `${where}: ${form}; with a lookup until a test shows that MLflow checks it`,
    };
  }

  #byKind({ place }: Place): Omit<Proposal, 'risk'> | undefined {
    const name = nameOf(place);
    const kind = name.replace(/_ids?$/, '').replaceAll('_', '-');
    if (!/_ids?$/.test(name) || !this.#kinds.has(kind)) return undefined;
    return {
      value: `reference:${kind}${this.#lookups.has(kind) ? ':lookup' : ''}`,
      reason: `its name is that of the kind ${kind}`,
    };
  }

  #sameName(place: string): SameName[] {
    const name = nameOf(place);
    return this.#known.flatMap(({ operation: { id, group }, policy }) =>
      Object.entries(policy.fields ?? {})
        .filter(([other]) => nameOf(other) === name)
        .map(([, form]) => ({ id, group, form })),
    );
  }
}

interface SameName {
  readonly id: string;
  readonly group: string;
  readonly form: string;
}

function byType({ place, type }: Place): Omit<Proposal, 'risk'> | undefined {
  if (HARMLESS.has(type)) return { value: 'opaque', reason: `a value of type ${type} cannot be an id` };
  if (/^int/.test(type) && !/ids?$/.test(nameOf(place)))
    return { value: 'opaque', reason: 'a number, and its name does not end in "id"' };
  return undefined;
}

function mostCommon(values: readonly string[]): string | undefined {
  return [...Map.groupBy(values, (value) => value)].sort(([, a], [, b]) => b.length - a.length)[0]?.[0];
}

/** The first few of a list, as text. */
export function someOf(names: readonly string[], most = 3): string {
  const all = [...new Set(names)];
  return all.length > most
    ? `${all.slice(0, most).join(', ')} and ${all.length - most} more`
    : all.join(', ');
}
