import type { ListedResource } from './listed-resource.ts';
import type { Inventory } from './resource-lists.ts';

/**
 * Lists all versions of a model. MLflow lists versions of models and of prompts separately. A version without the prompt
 * tag is in neither list if another version of the same name has the tag. Missing numbers are therefore looked up one by
 * one; most belong to deleted versions.
 *
 * @param model as listed, with its highest version number in `latest`
 * @throws DenialError if MLflow does not answer
 */
export async function* versionsOf(
  model: ListedResource,
  inventory: Inventory,
): AsyncGenerator<ListedResource> {
  const seen = new Set<number>();
  let last = model.latest;
  for await (const page of inventory.pages('model-version', { of: model.id })) {
    for (const version of page) {
      const number = Number(version.id);
      last = Math.max(last, number);
      if (seen.has(number)) continue;
      seen.add(number);
      yield version;
    }
  }
  for (let number = 1; number <= last; number++) {
    const hidden = seen.has(number)
      ? undefined
      : await inventory.one('model-version', model.id, String(number));
    if (hidden !== undefined) yield hidden;
  }
}
