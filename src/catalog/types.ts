/**
 * The shape of the catalog: data only. Codegen writes the rows (src/catalog/generated) from the description of MLflow and the
 * policy.
 */

export type { Bounds, Field, PathParameter, WireType } from './field.ts';
export type { FieldClass } from './field-classes.ts';
export type { ItemCall, KindInventory } from './inventory.ts';
export type { KnownTags, ScorerPolicy, TagItem } from './mlflow.ts';
export type {
  AnswerTags,
  FormParts,
  GraphqlPolicy,
  Method,
  Operation,
  OperationBody,
  Signs,
  SpanTags,
} from './operation.ts';
export type { BatchLookup, FilesOf, ResourceFacts, ResourceKind } from './resource-kind.ts';
export type { TagsRuleName as TagsRule, WorkspacesRuleName as WorkspacesRule } from './rules.ts';
export type * from './tags-plan.ts';
export type { WorkspacesPlan } from './workspaces-plan.ts';
