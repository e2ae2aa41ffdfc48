import type { Inventory } from './inventory.ts';
import type { ListedResource } from './listed-resource.ts';

/**
 * All versions of a model. MLflow lists versions of models and of prompts apart, and one without the mark of prompts
 * in neither list if another version of the name has it: numbers that are missing are then asked for
 * (most often they are those of deleted versions).
 *
 * @param model as listed; its latest versions say how far the numbers go
 * @throws DenialError when MLflow cannot be asked
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
