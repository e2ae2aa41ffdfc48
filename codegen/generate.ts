import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '@readme/openapi-parser';
import { parse } from 'yaml';
import { compareVersions } from '../src/catalog/compare-versions.ts';
import type { KnownTags } from '../src/catalog/types.ts';
import { renderConfigurationDocs } from '../src/config/docs.ts';
import { renderIdentitySchema, renderIdentityTableSchema } from '../src/config/identity-file/json-schema.ts';
import { compileAuditSerializer } from './audit.ts';
import { renderCatalogPage } from './catalog-page.ts';
import { renderDefaults } from './chart/defaults.ts';
import { renderNames } from './chart/names.ts';
import { renderChartReadme } from './chart/readme.ts';
import { renderValuesSchema } from './chart/schema.ts';
import type { Description } from './description.ts';
import { renderCatalog } from './emit.ts';
import { graphqlProblems, renderGraphql } from './graphql.ts';
import { withLimits } from './limits-table.ts';
import { buildOperations } from './operations.ts';
import { renderOtlp } from './otlp.ts';
import { applyPolicy, withFile } from './policy/apply.ts';
import { renderDocument, withPolicy } from './policy/document.ts';
import { renderDocumentPage } from './policy/document-page.ts';
import { renderFieldsPage } from './policy/fields-page.ts';
import { withoutEchoes } from './policy/marks.ts';
import { opaqueNameProblems } from './policy/opaque-names.ts';
import { parsePolicy, policyFiles } from './policy/read.ts';
import { renderPolicySchemas } from './policy/schemas.ts';
import { renderReasonsPage } from './reasons-page.ts';
import { readSurfaces, uncoveredRoutes, unreachableTemplates } from './surfaces.ts';

export interface Generated {
  /** Absolute path to content. */
  readonly files: ReadonlyMap<string, string>;
  /** All problems; nothing may be written if there is one. */
  readonly problems: readonly string[];
}

/**
 * Description and policy -> catalog and reference pages. Reads files only; the same input makes the same bytes.
 */
export async function generateAll(root: string): Promise<Generated> {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const description = parse(read('openapi/mlflow.yaml')) as Description;
  const policy = parsePolicy(policyFiles(root));
  const surfaces = readSurfaces(join(root, 'openapi/surfaces'));

  const problems = [...policy.problems, ...applyPolicy(description, policy), ...opaqueNameProblems(policy)];
  const document = withPolicy(description);
  const validation = await validate(structuredClone(document) as never);
  if (!validation.valid)
    problems.push(
      ...validation.errors.map(({ message }) => `openapi/mlflow.yaml with the policy: ${message}`),
    );
  const { operations, problems: unclassified } = buildOperations(description);
  problems.push(...unclassified.map((problem) => withFile(description, problem)));
  const sdl = read('openapi/mlflow.graphql');
  problems.push(...graphqlProblems(sdl, operations));
  const newest = surfaces.at(-1)?.mlflow;
  if (newest === undefined || compareVersions(newest, description.info.version) !== 0) {
    problems.push(
      `openapi/mlflow.yaml describes ${description.info.version}, the newest surface is ${newest}`,
    );
  }
  problems.push(...uncoveredRoutes(surfaces, operations), ...unreachableTemplates(operations));
  if (problems.length > 0) return { files: new Map(), problems: withoutEchoes(problems) };

  const extracted = JSON.parse(read('openapi/tags.json')) as KnownTags;
  const more = description['x-gateway']?.['more-tags'];
  const knownTags = {
    namespace: extracted.namespace,
    keys: [...extracted.keys, ...(more?.keys ?? [])].sort(),
    prefixes: [...extracted.prefixes, ...(more?.prefixes ?? [])].sort(),
  };
  const files = new Map<string, string>([
    [
      join(root, 'src/catalog/generated/catalog.ts'),
      renderCatalog(description, operations, surfaces, knownTags),
    ],
    [join(root, 'src/request/graphql/generated/schema.ts'), renderGraphql(sdl)],
    [
      join(root, 'src/request/otlp/generated/descriptors.ts'),
      renderOtlp(read('openapi/otlp/descriptors.json')),
    ],
    [join(root, 'openapi/generated/mlflow.openapi.yaml'), renderDocument(document)],
    [join(root, 'docs/reference/x-gateway.md'), renderDocumentPage()],
    [join(root, 'docs/reference/fields.md'), renderFieldsPage(policy)],
    [join(root, 'docs/reference/catalog.md'), renderCatalogPage(description, operations)],
    [join(root, 'docs/reference/configuration.md'), renderConfigurationDocs()],
    [join(root, 'docs/reference/identity.schema.json'), renderIdentitySchema()],
    [join(root, 'docs/reference/identity-table.schema.json'), renderIdentityTableSchema()],
    [join(root, 'docs/reference/reasons.md'), renderReasonsPage()],
    [join(root, 'SECURITY.md'), withLimits(read('SECURITY.md'))],
    [
      join(root, 'chart/values.schema.json'),
      renderValuesSchema(read('codegen/chart/values.schema.yaml'), read('codegen/chart/names.yaml')),
    ],
    [
      join(root, 'chart/names.json'),
      renderNames(read('codegen/chart/names.yaml'), read('chart/values.yaml')),
    ],
    [join(root, 'chart/README.md'), renderChartReadme(read('chart/values.yaml'))],
    [join(root, 'chart/defaults.json'), renderDefaults(read('chart/values.yaml'))],
  ]);
  for (const [path, text] of renderPolicySchemas(Object.keys(policy.settings.kinds ?? {})))
    files.set(join(root, path), text);
  for (const [path, text] of Object.entries(compileAuditSerializer())) files.set(join(root, path), text);
  return { files, problems: [] };
}
