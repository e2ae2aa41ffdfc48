import { parse } from 'yaml';
import { identityFileSchema } from '../../src/config/identity-file/json-schema.ts';
import { allVariables } from '../../src/config/schema.ts';
import type { Variable } from '../../src/config/variable.ts';
import { allowForeignNames } from './names.ts';

/** Variables that the chart itself sets, so that its values cannot set them. */
const SET_BY_CHART = [
  'GW_LISTEN_PORT',
  'GW_METRICS_PORT',
  'GW_METRICS_MLFLOW',
  'GW_JOBS_PORT',
  'GW_TARGET_BASE_URL',
  'GW_TARGET_CA_FILE',
  'GW_TARGET_CERT_FILE',
  'GW_TARGET_KEY_FILE',
  'GW_TLS_CERT_FILE',
  'GW_TLS_KEY_FILE',
  'GW_TLS_CLIENT_CA_FILE',
  'GW_TLS_CLIENT_NAMES',
  'GW_RBAC_POLICY_FILE',
  'GW_DENY_LIST_FILE',
  'GW_IDENTITY_FILE',
  'GW_SIDECAR_CHECK_PORTS',
] as const;

type Schema = Record<string, unknown>;

/**
 * Writes chart/values.schema.json: the schema written by hand, with the gateway's variables as the properties of
 * `config` (values as the table describes them) and `configFrom` (references; the only way for secrets), and the identity file.
 *
 * @param base the text of values.schema.yaml
 * @param names the text of names.yaml: names of other charts, which the templates refuse with a sentence
 */
export function renderValuesSchema(base: string, names: string): string {
  const schema = parse(base) as { properties: Schema & { gateway: { properties: Schema } } };
  const variables = allVariables().filter(({ name }) => !SET_BY_CHART.includes(name as never));
  schema.properties.config = {
    type: 'object',
    additionalProperties: false,
    properties: properties(
      variables.filter(({ secret }) => secret !== true),
      settingOf,
    ),
  };
  schema.properties.configFrom = {
    type: 'object',
    additionalProperties: false,
    properties: properties(variables, () => ({ $ref: '#/definitions/source' })),
  };
  schema.properties.gateway.properties.identity = {
    anyOf: [{ type: 'object', maxProperties: 0 }, identityFileSchema()],
  };
  allowForeignNames(schema, names);
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function properties(variables: readonly Variable[], schemaOf: (variable: Variable) => Schema): Schema {
  return Object.fromEntries(variables.map((variable) => [variable.name, schemaOf(variable)]));
}

/** The first sentence as the description: editors show it. */
function settingOf({ description, type, default: preset }: Variable): Schema {
  const summary = /^.*?[.](?=\s|$)/.exec(description)?.[0] ?? description;
  return { description: summary, ...(preset === undefined ? {} : { default: preset }), ...type.jsonSchema };
}
