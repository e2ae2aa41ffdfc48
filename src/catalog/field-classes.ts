import type { LIMITS } from '../limits.ts';

/** One short form of a field class, as the policy spells it. */
export interface FieldClassForm {
  /**
   * The spelling in the policy, with arguments in capitals: `KIND` is a resource kind, `DIALECT` the search of a filter, `SECONDS` a
   * number of seconds.
   */
  readonly form: string;
  /** The class in the catalog, to which the argument is added if the form has one. */
  readonly gives: { readonly class: string } & Readonly<Record<string, string | true>>;
  /** The property of the class that holds the argument. */
  readonly argument?: 'kind' | 'dialect' | 'seconds';
  /** The longest text of a field of the class, where the policy sets no other bound. */
  readonly limit: keyof typeof LIMITS;
  /** The field is text that MLflow parses as one JSON object: see src/request/json/text.ts. */
  readonly json?: true;
  /** The meaning of the class, in a few words. Markdown, as in docs/reference. */
  readonly meaning: string;
  /** The gateway's treatment of such a field. Markdown. */
  readonly treatment: string;
}

/**
 * The classes of request fields. Every field of every operation has exactly one, which says how the field bears on tenancy.
 *
 * This table is the only place that lists them. The type `FieldClass`, the parser of the short forms (codegen/field-class.ts), the
 * default bounds (codegen/bounds.ts) and the tables of the documentation are made from it. To add a class, add a row; the
 * compiler then names the places that have to treat it.
 */
export const FIELD_CLASSES = [
  {
    form: 'opaque',
    gives: { class: 'opaque' },
    limit: 'textLength',
    meaning: 'Names no resource and decides nothing about tenancy.',
    treatment: 'Checks its type and its bounds, and passes it on.',
  },
  {
    form: 'reference:KIND',
    gives: { class: 'reference', workspaces: 'upstream' },
    argument: 'kind',
    limit: 'nameLength',
    meaning:
      'The id or name of a resource. MLflow rejects the id of a resource in another workspace, or does not find it.',
    treatment: 'Checks the spelling. Under `tags`, looks up the owner.',
  },
  {
    form: 'reference:KIND:lookup',
    gives: { class: 'reference', workspaces: 'lookup' },
    argument: 'kind',
    limit: 'nameLength',
    meaning:
      'The id or name of a resource, where MLflow accepts the id of a resource in another workspace, or an id that does not exist.',
    treatment:
      'Checks the spelling. Under `workspaces`, asks MLflow whether the resource exists in the workspace of the tenant; under `tags`, looks up the owner. Responds 404 if it does not exist for the tenant.',
  },
  {
    form: 'reference:KIND:or-none',
    gives: { class: 'reference', workspaces: 'upstream', elseLeftOut: true },
    argument: 'kind',
    limit: 'nameLength',
    meaning:
      'In a header: the id of a resource, where MLflow accepts the request whether or not the resource exists.',
    treatment:
      'Checks the spelling. Under `tags`, drops the header unless the resource belongs to the tenant.',
  },
  {
    form: 'new-name:KIND',
    gives: { class: 'new-name' },
    argument: 'kind',
    limit: 'nameLength',
    meaning: 'The name or id that the caller chooses for a new resource.',
    treatment:
      'Passes it on. Under `tags`, waits for requests in flight that use the name. For a kind whose ids callers choose, the id must be new or already belong to the tenant.',
  },
  {
    form: 'qualifier:KIND',
    gives: { class: 'qualifier' },
    argument: 'kind',
    limit: 'nameLength',
    meaning: 'Qualifies the names of resources in the same request: the organisation of a skill.',
    treatment: 'Joins it with each name: `@<organization>/<name>` is judged.',
  },
  {
    form: 'filter:DIALECT',
    gives: { class: 'filter' },
    argument: 'dialect',
    limit: 'filterLength',
    meaning: 'A search filter in the filter language of MLflow. The dialect names the search.',
    treatment: 'Bounds its cost. Under `tags`, parses it and adds the clause of the tenant.',
  },
  {
    form: 'tag-key:KIND',
    gives: { class: 'tag-key' },
    argument: 'kind',
    limit: 'nameLength',
    meaning: 'The key of a tag or of metadata; for a map, its keys.',
    treatment: 'Refuses the keys that `reserved-tags` lists; under `tags` also the tenant tag.',
  },
  {
    form: 'mention:KIND',
    gives: { class: 'mention' },
    argument: 'kind',
    limit: 'nameLength',
    meaning:
      'Text that MLflow reads as the id of a resource if it has the shape of one (`shape` of the kind).',
    treatment: 'If it has that shape, treats it as a reference that needs a lookup.',
  },
  {
    form: 'tags-json:KIND',
    gives: { class: 'tags-json' },
    argument: 'kind',
    limit: 'documentLength',
    json: true,
    meaning: 'All tags of a resource as one JSON object in a string.',
    treatment: 'Parses it strictly, checks its keys as `tag-key`, and writes it again.',
  },
  {
    form: 'prompt-uri',
    gives: { class: 'prompt-uri' },
    limit: 'pathFieldLength',
    meaning: 'A prompt with its version or alias: `prompts:/<name>/<version>` or `prompts:/<name>@<alias>`.',
    treatment: 'Under `tags`, looks up the owner of the prompt.',
  },
  {
    form: 'scorer-json',
    gives: { class: 'scorer-json' },
    limit: 'scorerText',
    json: true,
    meaning: 'A scorer or an optimizer as one JSON object in a string, which MLflow parses and runs.',
    treatment:
      'Parses it strictly and writes it again. Refuses server-owned models, code and settings unless the caller is a platform admin; under `tags` also models `gateway:/...`.',
  },
  {
    form: 'model',
    gives: { class: 'model' },
    limit: 'nameLength',
    meaning:
      'A part of the name of the model that a scorer asks: the provider, or the name that the provider gives it.',
    treatment: 'Refuses server-owned models, as in a scorer.',
  },
  {
    form: 'tag-value:KIND',
    gives: { class: 'tag-value' },
    argument: 'kind',
    limit: 'storedLength',
    meaning: 'The value of the tag with the key beside it.',
    treatment: 'Passes it on.',
  },
  {
    form: 'status',
    gives: { class: 'status' },
    limit: 'nameLength',
    meaning: 'The new status of a version, of which `deleted` deletes the version.',
    treatment: 'Refuses `deleted`: another operation deletes, with another permission.',
  },
  {
    form: 'artifact-path:server',
    gives: { class: 'artifact-path', root: 'server' },
    limit: 'pathFieldLength',
    meaning: 'A path in the artifact store of the server.',
    treatment:
      'Rewrites it in canonical form and refuses ambiguous paths. Under `tags`, the path must lie in the artifacts of a resource of the tenant.',
  },
  {
    form: 'artifact-path:resource',
    gives: { class: 'artifact-path', root: 'resource' },
    limit: 'pathFieldLength',
    meaning: 'A path below the artifacts of a run, a logged model or a trace.',
    treatment: 'Rewrites it in canonical form and refuses ambiguous paths.',
  },
  {
    form: 'file-name',
    gives: { class: 'file-name' },
    limit: 'pathFieldLength',
    meaning: 'The path of a file on the disk of the client; MLflow names an artifact by its last segment.',
    treatment: 'Refuses it if the last segment is not a file name.',
  },
  {
    form: 'storage-uri',
    gives: { class: 'storage-uri' },
    limit: 'pathFieldLength',
    meaning: 'A URI of a storage location, such as `source` or `artifact_location`.',
    treatment:
      'Accepts `runs:/` and `models:/` URIs of resources of the tenant, and locations below a run or model that the same request names.',
  },
  {
    form: 'lifetime:SECONDS',
    gives: { class: 'lifetime' },
    argument: 'seconds',
    limit: 'nameLength',
    meaning:
      'How long a signed URL is valid, in seconds. The argument is the lifetime that MLflow’s source gives a request without one.',
    treatment:
      'Refuses more than `GW_PRESIGNED_MAX_SECONDS`, and less than 1. Writes the field where it is absent: the argument, or the maximum if that is shorter.',
  },
  {
    form: 'presigned',
    gives: { class: 'presigned' },
    limit: 'nameLength',
    meaning: '`true` asks for a signed URL in place of the file.',
    treatment:
      'Accepts `true` and `false`. With `true`, reads the lifetime of the URL in the response, and refuses more than `GW_PRESIGNED_MAX_SECONDS`.',
  },
  {
    form: 'tenant',
    gives: { class: 'tenant' },
    limit: 'nameLength',
    meaning: 'Names the tenant of the request.',
    treatment: 'Refuses every tenant but that of the request.',
  },
  {
    form: 'internal',
    gives: { class: 'internal' },
    limit: 'textLength',
    meaning: 'For calls of MLflow to itself, such as the bypass of a guardrail.',
    treatment: 'Refuses it in a body or a query; drops it as a header.',
  },
  {
    form: 'platform-admin',
    gives: { class: 'platform-admin' },
    limit: 'nameLength',
    meaning: 'Makes MLflow use a resource outside of the workspace of the request, whatever its value.',
    treatment: 'Refuses it unless the caller is a platform admin.',
  },
] as const satisfies readonly FieldClassForm[];

type Forms = (typeof FIELD_CLASSES)[number];

/** The class of one short form, with its argument. */
type Given<F extends Forms> = F extends { readonly argument: infer A extends string }
  ? F['gives'] & { readonly [K in A]: K extends 'seconds' ? number : string }
  : F['gives'];
type Every = Forms extends infer F extends Forms ? (F extends Forms ? Given<F> : never) : never;

/** The forms of one class as one type: a property that only some of the forms give is optional. */
type Joined<F> = { readonly [K in keyof F]: F[K] } & {
  readonly [K in Exclude<F extends F ? keyof F : never, keyof F>]?: F extends Readonly<Record<K, infer V>>
    ? V
    : never;
};

type ClassName = Forms['gives']['class'];

/** The class of a request field: its meaning for tenancy. See `FIELD_CLASSES`. */
export type FieldClass = { [C in ClassName]: Joined<Extract<Every, { class: C }>> }[ClassName];

type WithJson = Extract<Forms, { json: true }>['gives']['class'];

/** The classes of fields that hold JSON in a string. */
export type JsonTextClass = Extract<FieldClass, { class: WithJson }>;

const JSON_TEXT: ReadonlySet<string> = new Set(
  FIELD_CLASSES.flatMap((form) => ('json' in form ? [form.gives.class] : [])),
);

/** Whether a field holds JSON in a string that MLflow parses and that a decision rests on. */
export function isJsonText(policy: FieldClass | undefined): policy is JsonTextClass {
  return policy !== undefined && JSON_TEXT.has(policy.class);
}
