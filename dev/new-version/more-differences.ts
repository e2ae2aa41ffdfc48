import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buildSchema, isInterfaceType, isObjectType } from 'graphql';
import { type Description, operationsOf } from '../../codegen/description.ts';

/** `Type.field(argument)` of each field and argument of GraphQL that only `now` has. */
export function newGraphqlFields(before: string, now: string): string[] {
  const known = new Set(fieldsOf(before));
  return fieldsOf(now).filter((field) => !known.has(field));
}

function fieldsOf(sdl: string): string[] {
  const schema = buildSchema(sdl, { assumeValidSDL: true });
  return Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) =>
      isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).flatMap(({ name, args }) => [
            `${type.name}.${name}`,
            ...args.map((argument) => `${type.name}.${name}(${argument.name})`),
          ])
        : [],
    );
}

/** Mounts that known operations have only `now`: `GET /path: operation`. */
export function newMounts(before: Description, now: Description): string[] {
  const mounts = (description: Description): Map<string, readonly string[]> =>
    new Map(
      [...operationsOf(description)].map(({ described }) => [
        described.operationId,
        described['x-mlflow-mounts'],
      ]),
    );
  const known = mounts(before);
  return [...operationsOf(now)].flatMap(({ method, described }) => {
    const had = known.get(described.operationId);
    return had === undefined
      ? []
      : described['x-mlflow-mounts']
          .filter((mount) => !had.includes(mount))
          .map((mount) => `${method} ${mount}: ${described.operationId}`);
  });
}

/**
 * Where the source of an installed MLflow spells a text in quotes, as `file:line` relative to the package.
 *
 * @param environment - the folder of the virtual environment
 */
export function placesOfTexts(environment: string, texts: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>(texts.map((text) => [text, []]));
  if (texts.length === 0) return found;
  const lib = join(environment, 'lib');
  const python = readdirSync(lib).find((name) => name.startsWith('python')) ?? '';
  const folder = join(lib, python, 'site-packages/mlflow');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const content = readFileSync(file, 'utf8');
    for (const text of texts.filter((one) => content.includes(`"${one}"`))) {
      for (const [index, line] of content.split('\n').entries())
        if (line.includes(`"${text}"`)) found.get(text)?.push(`${relative(folder, file)}:${index + 1}`);
    }
  }
  return found;
}
