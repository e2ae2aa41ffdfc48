import { z } from 'zod';
import { TAGS_RULES, WORKSPACES_RULES } from '../../src/catalog/rules.ts';
import { MARK, UNDECIDED } from './marks.ts';

/** A text that only the JSON Schema limits to `values`; `buildOperations` reports a wrong one. */
const oneOf = (values: readonly string[]): z.ZodString =>
  z.string().meta({ enum: [...values, ...values.map((value) => `${MARK}${value}`), UNDECIDED] });

const flag = z.literal(true);
const name = z.string();
const path = z.string();

const workspaces = oneOf(Object.keys(WORKSPACES_RULES)).describe('The rule of the strategy `workspaces`.');
const tags = oneOf(Object.keys(TAGS_RULES)).describe('The rule of the strategy `tags`.');
const feature = name.describe(
  'The server feature that the operation belongs to. Goes with the rule `server-feature`.',
);
const unshared = z
  .union([name, z.literal(false)])
  .describe(
    'A list in the body that MLflow stores once for all tenants of an experiment, or `*` for an operation about resources without tags: refused in an experiment that tenants share. `false` undoes the default of the group.',
  );

/** The defaults of the operations of a group. There is no default permission: each operation stands below one. */
export const GROUP_DEFAULTS = z
  .strictObject({ workspaces, tags, feature: feature.optional(), unshared: unshared.optional() })
  .describe('Rules of every operation in this file that does not state its own.');

/** The settings in the `rules` of an operation. */
export const OPERATION_RULES = z
  .strictObject({
    workspaces,
    tags,
    feature,
    public: flag.describe('Served without identity (MLflow’s health check).'),
    anyQuery: flag.describe(
      'It has no query parameters and ignores any query: the gateway drops the query and does not refuse the request.',
    ),
    awaitsStorage: flag.describe(
      'MLflow reads or deletes in its artifact store before it responds, although no field is an artifact path.',
    ),
    body: z
      .enum(['stream', 'otlp', 'graphql'])
      .describe('How the gateway reads the body, if the description does not define it.'),
    form: z
      .strictObject({
        fields: name.describe('The part with the fields of the request as JSON.'),
        file: name.describe('The part with the file.'),
      })
      .describe('The body may also be a form of these two parts.'),
    spanTags: z
      .strictObject({
        prefix: name.describe('Prefix of the attributes that MLflow stores as tags of the trace.'),
        kind: name.describe('The resource kind of the tags.'),
        idPrefix: name.describe(
          'The prefix that MLflow adds to the trace id of a span to make the id of the trace.',
        ),
        idAttribute: name.describe('The attribute that older versions prefer to the trace id of the span.'),
      })
      .describe('The attributes of a span about its trace. Goes with the body `otlp`.'),
    graphql: z
      .strictObject({
        introspection: name.describe('The permission to read the schema.'),
        fields: z
          .record(name, name.nullable())
          .describe('Field of a root type → the equivalent operation; `null` for one without data.'),
        resolved: z
          .record(name, name.nullable())
          .describe(
            '`Type.field` that MLflow resolves with a query of its own → the field with the tags of each item; `null` where the parent decides.',
          ),
      })
      .describe('The permissions of GraphQL. Goes with the body `graphql`.'),
    responseFilter: z
      .strictObject({ items: path, key: path })
      .describe(
        'Strategy `workspaces`: the list in the response, and the property that names the workspace.',
      ),
    tagsFilter: z
      .strictObject({ items: path, key: path, kind: name })
      .describe(
        'Strategy `tags`: the list in the response, and the property (a dotted path) that names the resource of `kind` an item belongs to.',
      ),
    unshared,
    tagsAfter: z
      .strictObject({
        operation: name,
        field: name,
        answer: path.optional(),
        request: name.optional(),
      })
      .describe(
        'Strategy `tags`: MLflow accepts no tags with the request, so the gateway calls `operation` afterwards. The resource is named in `answer` (a dotted path) or in the field `request`.',
      ),
    releases: flag.describe('It releases the name of a resource, which another tenant may then use.'),
    makesFirst: z
      .strictObject({ operation: name, field: name, kind: name })
      .describe(
        'It creates the resource of `kind` if MLflow has none with the name. Strategy `tags`: the gateway first calls `operation`, which fails if there is one.',
      ),
    stamp: path.describe(
      'Rule `create`: where the tenant tag goes (a dotted path), if it is not the first list of tags.',
    ),
    within: path.describe(
      'Rules `search` and `within`: the list of the resources to search in (a dotted path), if it is not the first list of references; `none` if there is none.',
    ),
    among: z
      .strictObject({ kind: name, key: name })
      .describe(
        'Rule `search`: items have no tags, and the filter names their container of `kind` by `key`.',
      ),
    named: name.describe(
      'A list without which the operation applies to the whole experiment: required in a shared experiment.',
    ),
    unnamed: z
      .string()
      .describe('MLflow’s own message for a request that names nothing, if it is not the general one.'),
    signs: z
      .union([
        z.strictObject({
          urls: path.describe(
            'Where the response has the URLs (a dotted path); lists on the way are passed through.',
          ),
          setting: name.optional().describe('The setting of MLflow’s server for the lifetime.'),
        }),
        z.strictObject({
          seconds: z.int().positive().describe('The lifetime that MLflow’s source gives every URL.'),
          unsupported: name.describe(
            'The beginning of MLflow’s own message if its storage cannot sign: clients that read it send the bytes through the gateway.',
          ),
        }),
      ])
      .describe(
        'MLflow responds with signed URLs, which work without the gateway for as long as they are valid. With a field of the class `presigned`, only if that field is `true`.',
      ),
    unprocessable: flag.describe('MLflow responds 422 to a wrong or missing value, as FastAPI does.'),
  })
  .partial()
  .describe('How the two strategies treat the operation, with further settings.');
