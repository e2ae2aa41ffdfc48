import { randomBytes } from 'node:crypto';
import { type Family, NotServed } from '../family.ts';

/** Makes a resource of one kind for a family, through the gateway, and says its id or name. */
export type Maker = (family: Family) => Promise<string>;
export type Makers = Readonly<Record<string, Maker>>;

export const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** Knows a resource because another one was made. */
export const alongWith =
  (kind: string, learnt: string): Maker =>
  async (family) => {
    await family.id(kind);
    if (!family.learnt(learnt)) throw new NotServed(kind);
    return family.id(learnt);
  };

/** A tag that carries the owner's marker. */
export const note = (family: Family): { key: string; value: string } => ({
  key: 'note',
  value: family.text('tag'),
});

/** Where an artifact URI of MLflow's own server lies under its artifact routes. */
export function proxyPath(uri: string, file: string): string {
  return `${uri.replace(/^mlflow-artifacts:\/+/, '')}/${file}`;
}

/** Puts a file with the owner's marker below an artifact URI. */
export async function upload(family: Family, uri: string, file: string, label: string): Promise<void> {
  await family.do('proxyUploadArtifact', {
    path: { artifact_path: proxyPath(uri, file) },
    raw: Buffer.from(family.text(label)),
  });
}
