import type { FieldClass } from '../../src/catalog/field-classes.ts';
import { splitPath } from '../../src/catalog/json-path.ts';
import { TAGS_RULES, type TagsRuleName } from '../../src/catalog/rules.ts';
import type {
  CreatePlan,
  Field,
  InSharedExperiment,
  Needs,
  Operation,
  ReferencesPlan,
  SearchPlan,
  TagItem,
  TagsAfter,
  TagsFilter,
  TagsPlan,
  WithinPlan,
} from '../../src/catalog/types.ts';
import type { KindPolicy, OperationPolicy } from '../description.ts';
import { leavesOf } from './fields.ts';
import { filtersIn, searchedIn } from './searches.ts';
import { stampIn, taggedIn } from './tag-places.ts';

/** The parts of an operation that its plan depends on. */
export type PlannedOperation = Pick<
  Operation,
  'id' | 'permission' | 'path' | 'query' | 'headers' | 'bodyFields'
>;

/** The context that all operations share. */
export interface PlanContext {
  readonly tagItem: TagItem;
  readonly kinds: Readonly<Record<string, KindPolicy>>;
  /** Reports a rule that the strategy could not enforce. */
  readonly problem: (text: string) => void;
}

/** The rules to which each setting of the policy applies. */
const BELONGS = {
  stamp: ['create'],
  within: ['search', 'within'],
  among: ['search'],
  tagsFilter: ['search'],
  named: ['references'],
  unshared: ['references'],
  tagsAfter: ['references'],
  makesFirst: ['references'],
  releases: ['references'],
  unnamed: ['references', 'create', 'within'],
} as const satisfies Partial<Record<keyof OperationPolicy, readonly TagsRuleName[]>>;

/**
 * Plans an operation for the strategy `tags`: the places of the tenant tag and of the clauses of the tenant, and the resources that
 * the request must name.
 *
 * @returns the plan; unusable if a problem was reported
 * @example
 * planTags(operation, { tags: 'create', ... }, { tagItem, kinds, problem }); // { rule: 'create', stamp: { path: ['tags'], ... } }
 */
export function planTags(
  operation: PlannedOperation,
  policy: OperationPolicy,
  context: PlanContext,
): TagsPlan {
  const { problem } = context;
  const rule = ruleOf(policy);
  if (rule === undefined) {
    problem(`unknown tags rule ${policy.tags}`);
    return { rule: 'pending' };
  }
  for (const [setting, rules] of Object.entries(BELONGS)) {
    if (policy[setting as keyof typeof BELONGS] === undefined) continue;
    if (!(rules as readonly string[]).includes(rule))
      problem(`${setting} goes with the rule ${rules.join(' or ')}, not ${rule}`);
  }
  const { bodyFields, query, path } = operation;
  if ([...bodyFields.flatMap(leavesOf), ...query, ...path].some(isElseLeftOut))
    problem('only a header can have a reference that may be left out (or-none)');
  switch (rule) {
    case 'server-feature':
      return { rule, feature: policy.feature ?? '' };
    case 'references':
      return planReferences(operation, policy, context);
    case 'create':
      return planCreate(operation, policy, context);
    case 'search':
      return planSearch(operation, policy, context);
    case 'within':
      return planWithin(operation, policy, context);
    default:
      return { rule };
  }
}

function ruleOf({ tags }: OperationPolicy): TagsRuleName | undefined {
  return tags !== undefined && Object.hasOwn(TAGS_RULES, tags) ? (tags as TagsRuleName) : undefined;
}

function planReferences(
  operation: PlannedOperation,
  policy: OperationPolicy,
  { problem, tagItem }: PlanContext,
): ReferencesPlan {
  const { bodyFields, query, path } = operation;
  const needs = needsOf(operation, policy, problem);
  const filters = filtersIn(bodyFields, query, undefined, problem);
  const inShared = inSharedExperiment(operation, policy, problem);
  const tagsAfter = tagsAfterOf(policy, problem);
  const needsPath = [...bodyFields, ...query, ...path].some(
    (field) => field.policy?.class === 'artifact-path' && field.policy.root === 'server',
  );
  return {
    rule: 'references',
    ...(needs ? { needs } : {}),
    ...(needsPath ? { needsPath } : {}),
    ...(filters.length > 0 ? { filters } : {}),
    ...(inShared ? { inShared } : {}),
    ...(tagsAfter ? { tagsAfter } : {}),
    ...(policy.releases ? { releases: true } : {}),
    ...confined(operation, undefined, tagItem),
  };
}

function planCreate(
  operation: PlannedOperation,
  policy: OperationPolicy,
  { problem, tagItem }: PlanContext,
): CreatePlan {
  const needs = needsOf(operation, policy, problem);
  const stamp = stampIn(operation.bodyFields, policy.stamp, tagItem);
  if (stamp === undefined) problem('creates, but takes no tags');
  return {
    rule: 'create',
    ...(needs ? { needs } : {}),
    stamp: stamp ?? { path: [], at: '', form: 'list' },
    ...(operation.permission.startsWith('experiments:') ? { keeps: true } : {}),
    ...confined(operation, stamp?.at, tagItem),
  };
}

function planSearch(
  operation: PlannedOperation,
  policy: OperationPolicy,
  { problem, kinds, tagItem }: PlanContext,
): SearchPlan {
  const { bodyFields, query } = operation;
  const { among } = policy;
  const filters = filtersIn(bodyFields, query, among === undefined ? 'always' : undefined, problem);
  const within = searchedIn(bodyFields, query, policy.within, kinds, problem);
  const tagsFilter = tagsFilterOf(policy, kinds, problem);
  const [filter, ...further] = filters;
  if ((filter === undefined || further.length > 0 || filter.list) && tagsFilter === undefined)
    problem('searches, but has neither a filter nor a filtered response');
  if (among !== undefined && (filter?.place !== 'query' || filter.list))
    problem('among needs a filter in the query');
  return {
    rule: 'search',
    ...(filters.length > 0 ? { filters } : {}),
    ...(within ? { within } : {}),
    ...(among && filter ? { among: { ...among, field: filter.field } } : {}),
    ...(tagsFilter ? { tagsFilter } : {}),
    ...confined(operation, undefined, tagItem),
  };
}

function planWithin(
  operation: PlannedOperation,
  policy: OperationPolicy,
  { problem, kinds, tagItem }: PlanContext,
): WithinPlan {
  const { id, bodyFields, query } = operation;
  const filters = filtersIn(bodyFields, query, 'among-shared', problem);
  const within = searchedIn(bodyFields, query, policy.within, kinds, problem);
  if (within === undefined) problem('names nothing to search in');
  return {
    rule: 'within',
    ...(filters.length > 0 ? { filters } : {}),
    within: within ?? { place: 'body', path: [], at: '', kind: '', absent: '' },
    unnamed:
      policy.unnamed ??
      `Missing value for required parameter '${within?.at}'. ${id} must name the ${within?.kind} it searches in.`,
    ...confined(operation, undefined, tagItem),
  };
}

/** The settings that the plans of all confining rules have. */
function confined(
  { permission, bodyFields }: PlannedOperation,
  stamp: string | undefined,
  tagItem: TagItem,
): Pick<ReferencesPlan, 'reads' | 'settings' | 'makes' | 'tagged'> {
  const reads = permission.endsWith(':read');
  const makes = [
    ...new Set(
      bodyFields
        .flatMap(leavesOf)
        .flatMap(({ policy }) => (policy?.class === 'new-name' ? [policy.kind] : [])),
    ),
  ];
  const tagged = taggedIn(bodyFields, tagItem).filter(({ path }) => path.join('.') !== stamp);
  return {
    ...(reads ? { reads } : {}),
    ...(permission.startsWith('experiments:') && !reads ? { settings: true } : {}),
    ...(makes.length > 0 ? { makes } : {}),
    ...(tagged.length > 0 ? { tagged } : {}),
  };
}

interface Named {
  readonly field: string;
  readonly kind: string;
}

/**
 * The kinds of which the request must name a resource: those at the top of the request; else in required headers; else deeper in the
 * body, as in a trace. The message is that of MLflow for the operation, or its general one (`missing_value` in
 * mlflow/utils/validation.py).
 */
function needsOf(
  { id, bodyFields, query, path, headers }: PlannedOperation,
  { unnamed }: OperationPolicy,
  problem: PlanContext['problem'],
): Needs | undefined {
  const places = [
    [...bodyFields, ...query, ...path],
    headers.filter(({ required }) => required),
    bodyFields.flatMap(leavesOf),
  ];
  const named = places.map(namedIn).find(({ length }) => length > 0) ?? [];
  const [first] = named;
  if (first === undefined) {
    if (unnamed !== undefined) problem('unnamed goes with an operation that must name a resource');
    return undefined;
  }
  const kinds = [...new Set(named.map(({ kind }) => kind))];
  return {
    kinds,
    unnamed:
      unnamed ??
      `Missing value for required parameter '${first.field}'. ${id} must name the ${kinds.join(' or ')} it is for.`,
  };
}

function namedIn(fields: readonly { readonly name: string; readonly policy?: FieldClass }[]): Named[] {
  return fields.flatMap(({ name, policy }) =>
    policy?.class === 'reference' && policy.workspaces === 'upstream'
      ? [{ field: name, kind: policy.kind }]
      : [],
  );
}

function isElseLeftOut({ policy }: { readonly policy?: FieldClass }): boolean {
  return policy?.class === 'reference' && policy.elseLeftOut === true;
}

function inSharedExperiment(
  { bodyFields }: PlannedOperation,
  { named, unshared }: OperationPolicy,
  problem: PlanContext['problem'],
): InSharedExperiment | undefined {
  const isList = (list: string): boolean =>
    bodyFields.some(({ name, repeated }: Field) => name === list && repeated);
  if (named !== undefined && unshared !== undefined) problem('named and unshared exclude each other');
  if (named !== undefined) {
    if (!isList(named)) problem(`named names no list in the body: ${named}`);
    return { rule: 'list-required', list: named };
  }
  if (unshared === undefined) return undefined;
  if (unshared === '*') return { rule: 'refused' };
  if (!isList(unshared)) problem(`unshared names no list in the body: ${unshared}`);
  return { rule: 'list-refused', list: unshared };
}

function tagsAfterOf(
  { tagsAfter, makesFirst }: OperationPolicy,
  problem: PlanContext['problem'],
): TagsAfter | undefined {
  if (tagsAfter === undefined) {
    if (makesFirst !== undefined) problem('makesFirst goes with tagsAfter');
    return undefined;
  }
  const { operation, field, answer, request } = tagsAfter;
  if ((answer === undefined) === (request === undefined))
    problem('tagsAfter must name the id in either the response or the request');
  return {
    operation,
    field,
    id:
      answer === undefined
        ? { place: 'request', field: request ?? '' }
        : { place: 'response', path: splitPath(answer) },
    ...(makesFirst ? { makesFirst } : {}),
  };
}

function tagsFilterOf(
  { tagsFilter }: OperationPolicy,
  kinds: PlanContext['kinds'],
  problem: PlanContext['problem'],
): TagsFilter | undefined {
  if (tagsFilter === undefined) return undefined;
  const { items, key, kind } = tagsFilter;
  if (items.includes('.')) problem(`tagsFilter: ${items} must be a property of the response itself`);
  if (!Object.hasOwn(kinds, kind)) problem(`tagsFilter: unknown resource kind ${kind}`);
  return { items, key: splitPath(key), kind };
}
