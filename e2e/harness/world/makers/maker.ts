import { NotServed } from '../../requests/operations.ts';
import type { Family, Maker } from '../family.ts';
import { type Tag, uploadArtifact } from '../resources.ts';

/** A resource that the maker of another kind has produced. */
export const alongWith =
  (kind: string, learnt: string): Maker =>
  async (family) => {
    await family.id(kind);
    if (!family.learnt(learnt)) throw new NotServed(kind);
    return family.id(learnt);
  };

/** A tag that carries the owner's marker. */
export const note = (family: Family): Tag => ({
  key: 'note',
  value: family.text('tag'),
});

/** Puts a file with the owner's marker below an artifact URI. */
export async function upload(family: Family, uri: string, file: string, label: string): Promise<void> {
  await uploadArtifact(family.send, uri, file, family.text(label));
}
