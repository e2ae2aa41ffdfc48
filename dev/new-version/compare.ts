import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Description } from '../../codegen/description.ts';
import { parsePolicy, policyFiles } from '../../codegen/policy/read.ts';
import { changedFunctions } from './changed-sources.ts';
import type { Dump } from './dump.ts';
import { dumpOf, mergeDumps, NewVersionError } from './extraction.ts';
import { newGraphqlFields, newMounts, placesOfTexts } from './more-differences.ts';
import { type ProposedOperation, Proposer } from './propose.ts';
import { difference, survey } from './survey.ts';
import type { Worksheet } from './worksheet.ts';

/** The worksheet without that which codegen says, and the merged files. */
export interface Comparison {
  readonly sheet: Omit<Worksheet, 'problems'>;
  /** New group → its proposed defaults. */
  readonly defaults: ReadonlyMap<string, { readonly workspaces: string; readonly tags: string }>;
  /** New kind → the operation that reads one. */
  readonly lookups: ReadonlyMap<string, { readonly operation: string; readonly field: string }>;
}

/**
 * Extracts all versions, merges them with and without the new one, and proposes a policy for the difference. The policy in the tree is
 * what the proposals rest on, without what it has already about the new version: a second run proposes the same.
 *
 * @param versions - all versions, the new one among them
 * @param out - where the merge of all versions is written
 */
export async function compare(
  root: string,
  version: string,
  versions: readonly string[],
  out: string,
  environment: string,
  report: (line: string) => void,
): Promise<Comparison> {
  const dumps = new Map<string, { readonly path: string; readonly dump: Dump }>();
  for (const one of versions) {
    report(`  reading MLflow ${one}`);
    dumps.set(one, await dumpOf(root, one, report));
  }
  const others = versions.filter((one) => one !== version);
  for (const one of others) {
    if (dumpFor(dumps, one).decisions.length > 0)
      throw new NewVersionError(
        `openapi/extract/handwritten.py is not complete for MLflow ${one}: python3 -m extract --all lists what it lacks`,
      );
  }
  const pathsOf = (some: readonly string[]): string[] => some.map((one) => dumps.get(one)?.path ?? '');
  const scratch = mkdtempSync(join(tmpdir(), 'new-version-'));
  try {
    report('  merging, with and without it');
    const notesBefore = await mergeDumps(root, pathsOf(others), others.at(-1) ?? version, scratch);
    const notes = await mergeDumps(root, pathsOf(versions), versions.at(-1) ?? version, out);
    const before = filesOf(scratch);
    const now = filesOf(out);
    const dump = dumpFor(dumps, version);
    const otherDumps = others.map((one) => dumpFor(dumps, one));
    const known = survey(before.description);
    const { operations: added, fields: changed } = difference(known, survey(now.description));
    const policy = parsePolicy(policyFiles(root));
    const knownEntries = policy.entries.map((entry) => {
      const places = new Set(known.get(entry.id)?.places.map(({ place }) => place));
      const fields = Object.entries(entry.policy.fields ?? {}).filter(([place]) => places.has(place));
      return { ...entry, policy: { ...entry.policy, fields: Object.fromEntries(fields) } };
    });
    const used = new Set(
      knownEntries.flatMap(({ policy: { fields } }) =>
        Object.values(fields).map((form) => form.split(':')[1]),
      ),
    );
    const kinds = Object.entries(policy.settings.kinds ?? {}).filter(
      ([kind, { lookup }]) => used.has(kind) || known.has(lookup?.operation ?? ''),
    );
    const proposer = new Proposer(known, knownEntries, Object.fromEntries(kinds));
    const byGroup = Map.groupBy(added, ({ group }) => group);
    const knownGroups = new Set([...known.values()].map(({ group }) => group));
    const newGroups = [...byGroup.keys()].filter((group) => !knownGroups.has(group));
    const templates = new Map(
      newGroups.map((group) => [group, proposer.templateOf(group, byGroup.get(group) ?? [])]),
    );
    const defaults = new Map(newGroups.map((group) => [group, proposer.commonRules(group)]));
    const operations = added.map((operation) => proposer.newOperation(operation));
    const fields = changed.map((operation) => proposer.newFields(operation));
    const knownTags = new Set(otherDumps.flatMap(({ tagKeys }) => tagKeys));
    const newTags = dump.tagKeys.filter((key) => !knownTags.has(key));
    const newKinds = proposer.newKinds(operations);
    return {
      sheet: {
        version,
        others,
        dump,
        operations,
        fields,
        groups: new Map(
          [...defaults].map(([group, { workspaces, tags }]) => {
            const template = templates.get(group)?.group;
            return [
              group,
              { ...(template ? { template } : {}), defaults: `{ workspaces: ${workspaces}, tags: ${tags} }` },
            ];
          }),
        ),
        kinds: newKinds,
        changed: changedFunctions(
          dump.sources,
          otherDumps.map(({ sources }) => sources),
          new Set(known.keys()),
        ),
        mounts: newMounts(before.description, now.description),
        graphql: newGraphqlFields(before.graphql, now.graphql),
        tags: placesOfTexts(environment, newTags),
        notes: notes.filter((note) => !notesBefore.includes(note)),
        otherwise: decidedOtherwise([...operations, ...fields], policy.entries),
      },
      defaults,
      lookups: lookupsOf(newKinds, operations),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function filesOf(folder: string): { description: Description; graphql: string } {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { description: parse(read('mlflow.yaml')) as Description, graphql: read('mlflow.graphql') };
}

function dumpFor(dumps: ReadonlyMap<string, { readonly dump: Dump }>, version: string): Dump {
  const found = dumps.get(version);
  if (found === undefined) throw new Error(`there is no dump of ${version}`);
  return found.dump;
}

/** `getSkill` with the fields `name` and more, for the kind `skill`. */
function lookupsOf(
  kinds: readonly string[],
  operations: readonly ProposedOperation[],
): Comparison['lookups'] {
  const pairs = kinds.flatMap((kind) => {
    const name = `get${kind.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase())}`;
    const operation = operations.find((one) => one.operation.id === name);
    const field = operation?.fields.find(({ value }) => value.startsWith(`reference:${kind}`));
    return field === undefined ? [] : [[kind, { operation: name, field: field.place }] as const];
  });
  return new Map(pairs);
}

function decidedOtherwise(
  proposals: readonly ProposedOperation[],
  entries: ReturnType<typeof parsePolicy>['entries'],
): string[] {
  const policies = new Map(entries.map(({ id, policy }) => [id, policy]));
  return proposals.flatMap(({ operation, permission, fields }) => {
    const policy = policies.get(operation.id);
    const values: (readonly [string, string, string | undefined])[] = [
      ...(permission ? [['permission', permission.value, policy?.permission] as const] : []),
      ...fields.map(({ place, value }) => [place, value, policy?.fields?.[place]] as const),
    ];
    return values
      .filter(([, proposed, decided]) => decided !== undefined && decided !== proposed)
      .map(
        ([what, proposed, decided]) =>
          `${operation.id}: \`${what}\`: proposed \`${proposed}\`, decided \`${decided}\``,
      );
  });
}
