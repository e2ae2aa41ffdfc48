import { groupTable } from './grant-fields.ts';
import { identityFileShape } from './identity-file.ts';

/** Where the schemas are found by their `$id`; with a tag in place of `main`, those of a version. */
const PUBLISHED_AT = 'https://raw.githubusercontent.com/mlflow-gateway/mlflow-gateway/main/docs/reference';

/** Writes docs/reference/identity.schema.json, for editors: the JSON Schema of the identity file. */
export function renderIdentitySchema(): string {
  return render('identity.schema.json', {
    title: 'The identity file of mlflow-gateway (GW_IDENTITY_FILE)',
    ...identityFileSchema(),
  });
}

/** Writes docs/reference/identity-table.schema.json: the JSON Schema of a table file, which the identity file names in `tableFile`. */
export function renderIdentityTableSchema(): string {
  return render('identity-table.schema.json', {
    title: 'A table of groups of mlflow-gateway (tableFile in the identity file)',
    description: 'Group -> grant, or a list of grants. Groups are compared exactly.',
    ...groupTable.schema,
  });
}

/** The schema without its head, as part of another schema. */
export function identityFileSchema(): Readonly<Record<string, unknown>> {
  return identityFileShape({ roles: undefined, resolve: (path) => path, table: () => undefined }).schema;
}

function render(name: string, schema: object): string {
  const head = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${PUBLISHED_AT}/${name}`,
    $comment: 'Generated from src/config/identity-file by `npm run codegen`. Do not edit.',
  };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
}
