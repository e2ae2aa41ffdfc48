import { z } from 'zod';
import { MARK } from './marks.ts';
import { GROUP_DEFAULTS, OPERATION_RULES } from './rules.ts';

/*
 * The shapes of the hand-written files in openapi/. The reader is as strict as the shapes, and codegen writes them as JSON Schemas
 * beside the files.
 */

const name = z.string();
/** Property names, separated by dots. */
const path = z.string();
const flag = z.literal(true);
const values = z.record(name, z.union([z.string(), z.number()]));
const list = z.array(name);

/** Fields inside an object or a list, or the fields of an operation beside `rules`. */
export interface Fields {
  readonly opaque?: readonly string[];
  readonly [name: string]: string | Fields | readonly string[] | undefined;
}

const opaque = z.exactOptional(
  list.describe(
    'Fields that name no resource and decide nothing about tenancy, each by its place: `name`, `items[].name`.',
  ),
);

/** The shape of `openapi/policy/<group>.yaml`. `fieldClass`: any text for the reader, all short forms for editors. */
export function groupFile(fieldClass: z.ZodString) {
  const classOrFields = z.lazy(() =>
    z.union([fieldClass, fields], 'must be a field class, or the fields inside an object or a list'),
  );
  const fields: z.ZodType<Fields> = z.lazy(() =>
    z
      .object({ opaque })
      .catchall(classOrFields)
      .meta({ id: 'Fields', description: 'The fields inside an object or a list.' }),
  );
  const operation = z
    .object({ rules: z.exactOptional(OPERATION_RULES), opaque })
    .catchall(classOrFields)
    .meta({
      id: 'Operation',
      description:
        'Rules and the class of every request field. The key is the operationId; operations with the same policy share an entry: `getJob, getUiJob`.',
    });
  const section = z
    .record(name, operation)
    .describe('The operations that need this permission.')
    .meta({ id: 'Section', propertyNames: { pattern: `^(${MARK})?\\w+(, \\w+)*$` } });
  return z
    .object({ defaults: GROUP_DEFAULTS })
    .catchall(section)
    .describe(
      'Operations by permission (`resource:verb`; docs/rbac.md explains the verbs). There is no default permission.',
    )
    .meta({ propertyNames: { pattern: `^(defaults|[a-z-]+:[a-z]+|${MARK}\\?)$` } });
}

const facts = {
  location: z.exactOptional(path.describe('Where the response has the location of the artifacts.')),
  locationTag: z.exactOptional(name.describe('The tag with that location.')),
  tags: z.exactOptional(path.describe('Where the response has its tags.')),
  container: z.exactOptional(
    z
      .strictObject({
        kind: name,
        id: path,
        optional: z.exactOptional(
          z.boolean().describe('The response may lack it; then the resource belongs to no tenant.'),
        ),
      })
      .describe(
        'The container of the resource. Without tags of its own, the resource has the owner of the container.',
      ),
  ),
  names: z.exactOptional(
    z.strictObject({ kind: name, id: path }).describe('For a name: the resource that has the name.'),
  ),
};

const pages = z
  .strictObject({ field: name, next: path })
  .describe('The request field of the page token, and where the response has the next one.');

const kind = z
  .strictObject({
    missing: name.describe(
      'MLflow’s own message for a resource that does not exist (in its store/**/sqlalchemy_*.py), with `{id}`, or `{name}` and `{qualifier}`. The gateway sends the same message for a resource of another tenant.',
    ),
    pattern: name.describe(
      'Regular expression of the only accepted spelling of an id: MLflow reads `03` and ` 3` as experiment 3.',
    ),
    inPath: name.describe('Regular expression that recognizes an id inside an artifact path.'),
    shape: name.describe(
      'Regular expression of the ids, in small letters without accents, to recognize one in a field that accepts any text.',
    ),
    absent: name.describe('An id that no resource has, to search in nothing.'),
    unchosen: name.describe('The id that MLflow’s clients send if the user chose none.'),
    reusable: flag.describe('A name, which another resource may have later: nothing is cached under it.'),
    chosen: flag.describe(
      'The caller chooses the id, and choosing an existing one changes that resource. Goes with `reusable`.',
    ),
    takenOverBefore: name.describe(
      'Before this MLflow version, choosing the id of another workspace’s resource takes it over.',
    ),
    qualified: z
      .strictObject({
        field: name.describe('The request field for the qualifier.'),
        operations: z
          .record(name, name)
          .describe('Operation for a name without a qualifier → the operation for a name with one.'),
      })
      .describe('Names may have a qualifier: `@<qualifier>/<name>`.'),
    files: z
      .strictObject({
        of: name.describe('The kind of the resource that the files belong to.'),
        path: name.describe(
          'Regular expression of the URI of the directory; its group is the id of that resource.',
        ),
        operation: name.describe('The operation that lists what the resource keeps in the artifact store.'),
        field: name.describe('The request field that names the resource.'),
        fixed: z.exactOptional(values.describe('Other request fields.')),
        pages,
        items: path.describe('Where the response has the list.'),
        location: path.describe('Where an item has the URI of its directory.'),
      })
      .describe('A directory of the artifact store that MLflow chose. It exists if the list has it.'),
    serverOwned: flag.describe('Belongs to the MLflow server, so only a platform admin may use it.'),
    through: name.describe('MLflow finds the resource only inside a container of this kind.'),
    lookup: z
      .strictObject({
        operation: name.describe('The operation that reads one resource.'),
        field: name.describe('The request field that names it.'),
        beside: z.exactOptional(name.describe('The request field for its container.')),
        ...facts,
      })
      .describe('How the gateway asks MLflow about one resource.'),
    batch: z
      .strictObject({
        operation: name.describe('The operation that searches.'),
        filter: name.describe('The request field of the filter.'),
        key: z.exactOptional(
          name.describe('The key by which the filter names ids; without it, all of the tenant.'),
        ),
        within: z.exactOptional(name.describe('The request field for the ids of the containers.')),
        fixed: z.exactOptional(values.describe('Other request fields.')),
        pages: z.exactOptional(pages),
        items: path.describe('Where the response lists the resources.'),
        id: path.describe('Where an item has its id.'),
        ...facts,
      })
      .describe('A search that reads many resources in one request.'),
  })
  .partial();

/** The shape of `openapi/kinds.yaml`. */
export const KINDS_FILE = z.record(name, kind);

const call = { operation: name, fields: z.record(name, path) };
const itemCall = z.strictObject(call);
const itemQuestion = z.strictObject({ ...call, answer: path });

const inventory = z.strictObject({
  list: z
    .strictObject({
      operation: name,
      within: z.exactOptional(name.describe('The request field for the ids of the experiments to list.')),
      of: z.exactOptional(
        z
          .strictObject({ filter: name, key: name, at: path })
          .describe(
            'Lists the resources of one other: the filter, its key, and where an item names the other.',
          ),
      ),
      items: path.describe('Where the response lists the resources.'),
    })
    .describe('The operation that lists all resources of the kind.'),
  variants: z
    .array(values)
    .describe(
      'The fields of each request. MLflow has several lists of some kinds: together they are complete.',
    ),
  item: z
    .strictObject({
      id: path,
      qualifier: z.exactOptional(path.describe('The qualifier of the name, for a kind that is `qualified`.')),
      title: z.exactOptional(path),
      location: z.exactOptional(path),
      tags: path,
      source: z.exactOptional(path.describe('A storage URI that the resource is read from.')),
    })
    .describe('Where an item of the list has the values that migration needs (dotted paths).'),
  deleted: z.exactOptional(
    z.strictObject({ at: path, is: name }).describe('The value that marks an item as deleted.'),
  ),
  serverOwned: z.exactOptional(name.describe('The tag of resources that belong to the MLflow server.')),
  places: z.exactOptional(list.describe('Tags with the location that the resource is read from.')),
  download: z.exactOptional(
    itemQuestion.describe('Asks for the location of the files, if the source is the name of a resource.'),
  ),
  origins: z.exactOptional(
    z
      .array(z.strictObject({ kind: name, id: path }))
      .describe('The resources that this one was made from, and is read from.'),
  ),
  experiments: z.exactOptional(
    itemQuestion.describe('Asks for the experiments of the resource, if it can be in several.'),
  ),
  latest: z.exactOptional(
    z.strictObject({ at: path, version: path }).describe('Where an item has its latest versions.'),
  ),
  tag: itemCall.describe('Sets a tag.'),
  untag: z.exactOptional(itemCall.describe('Deletes a tag.')),
  restore: z.exactOptional(itemCall.describe('Restores a deleted resource.')),
  delete: z.exactOptional(itemCall.describe('Deletes a resource.')),
  one: z.exactOptional(
    z
      .strictObject({ operation: name, of: name, field: name, item: path })
      .describe('Reads one resource that the lists may omit.'),
  ),
});

/** The shape of `openapi/migration.yaml`. */
export const MIGRATION_FILE = z.object({ defaults: z.strictObject({ pages }) }).catchall(inventory);

const bound = z.strictObject({
  of: z
    .record(name, list)
    .describe('Operation → places of fields. `*` stands for every operation; operations may share an entry.'),
  items: z.exactOptional(z.int().describe('Most items of a list, or keys of a map.')),
  characters: z.exactOptional(
    z.union([z.int(), z.literal('stored')]).describe('Longest text; `stored` if MLflow only stores it.'),
  ),
  most: z.exactOptional(z.int().describe('Largest number.')),
});

/** The shape of `openapi/gateway.yaml`. */
export const GATEWAY_FILE = z.strictObject({
  calls: z.record(name, name).describe('Operations that the gateway itself calls: purpose → operation.'),
  'call-values': z.record(name, values).describe('Fixed request fields of such a call: purpose → fields.'),
  'server-info': z
    .strictObject({ workspaces: name, presignedOnly: name, multipartUploads: name })
    .describe('Fields of MLflow’s server-info that the gateway reads: purpose → field.'),
  'metrics-path': name.describe(
    'The path of MLflow’s own Prometheus metrics, independent of its static prefix.',
  ),
  'job-calls': list.describe('Operations that MLflow’s own jobs call over HTTP.'),
  'older-names': z
    .record(name, name)
    .describe('Older name of a field that clients still send beside the current one → current name.'),
  'reserved-tags': z
    .record(name, list)
    .describe('Resource kind, or `*` → tag keys that MLflow trusts and its clients never send.'),
  'admin-tags': z
    .record(name, list)
    .describe('Resource kind → tag keys by which MLflow uses means of its own: for platform admins only.'),
  'more-tags': z
    .strictObject({ keys: list, prefixes: list })
    .describe('Tag keys that MLflow’s clients write and that no constant of its source spells.'),
  scorers: z
    .strictObject({
      gateway: list.describe('Schemes of models that MLflow calls through its AI gateway.'),
      server: list.describe('Schemes of models that MLflow calls with its own credentials.'),
      'server-models': list.describe(
        'Names of models without a scheme that MLflow calls with its own credentials.',
      ),
      keys: list.describe('Keys that only a platform admin may use, at any depth.'),
      arguments: list.describe('Keys with values that MLflow passes to a library as arguments.'),
      known: list.describe('The arguments that are allowed there.'),
      names: z.record(name, name).describe('Key of a list of ids → their resource kind.'),
    })
    .describe('What a scorer or an optimiser (class `scorer-json`) may contain.'),
  'tag-item': z
    .strictObject({ key: name, value: name })
    .describe('The property names in the items of MLflow’s tag lists.'),
  'placeholder-sources': list.describe(
    'Words that MLflow’s clients send in place of a storage URI and that name no storage.',
  ),
  bounds: z.array(bound).describe('Sizes of fields that differ from the default of their class.'),
});

/** The shape of `openapi/opaque-names.yaml`. */
export const OPAQUE_NAMES_FILE = z.record(
  name,
  z.string().describe('Why the field is opaque in some operations, although it is classified in others.'),
);
