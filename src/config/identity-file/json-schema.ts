import { identityFileShape } from './identity-file.ts';

/** Writes docs/reference/identity.schema.json, for editors: the JSON Schema of the identity file. */
export function renderIdentitySchema(): string {
  return `${JSON.stringify(
    {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $comment: 'Generated from src/config/identity-file by `npm run codegen`. Do not edit.',
      title: 'The identity file of mlflow-gateway (GW_IDENTITY_FILE)',
      ...identityFileSchema(),
    },
    null,
    2,
  )}\n`;
}

/** The schema without its head, as part of another schema. */
export function identityFileSchema(): Readonly<Record<string, unknown>> {
  return identityFileShape({ roles: undefined, resolve: (path) => path, table: () => undefined }).schema;
}
