import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One platform of an image: `amd64` or `arm64`, and the digest of its manifest. */
export interface PlatformImage {
  readonly architecture: string;
  readonly digest: string;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string };
}

/**
 * The image in an OCI layout with one index: its digest, which a registry keeps, and its platforms.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 *
 * @throws Error if the layout has not exactly one index of images
 * @example
 * readLayout('dist/release/image').digest; // sha256:...
 */
export function readLayout(layout: string): {
  readonly digest: string;
  readonly platforms: readonly PlatformImage[];
} {
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as {
    manifests: Descriptor[];
  };
  const [index, ...others] = manifests;
  if (index === undefined || others.length > 0)
    throw new Error(`${layout} has ${manifests.length} images, not one`);
  const images = blob<{ manifests?: Descriptor[] }>(layout, index.digest).manifests ?? [];
  const platforms = images.map(({ digest, platform }) => ({
    digest,
    architecture: platform?.architecture ?? '',
  }));
  if (platforms.length === 0) throw new Error(`${layout} has no index of platforms`);
  return { digest: index.digest, platforms };
}

/** The download size of the image of each platform: the sum of its layers. */
export function imageSizes(
  layout: string,
): readonly { readonly architecture: string; readonly bytes: number }[] {
  return readLayout(layout).platforms.map(({ architecture, digest }) => {
    const { layers } = blob<{ layers: Descriptor[] }>(layout, digest);
    return { architecture, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
  });
}

/** A file of one platform's image, by its path without the first slash. @throws Error if no layer has it */
export function fileIn(layout: string, { digest }: PlatformImage, path: string): string {
  const { layers } = blob<{ layers: Descriptor[] }>(layout, digest);
  for (const layer of layers.toReversed()) {
    const tar = spawnSync('tar', ['-xzOf', blobPath(layout, layer.digest), path], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (tar.status === 0) return tar.stdout;
  }
  throw new Error(`${digest} has no ${path}`);
}

function blob<T>(layout: string, digest: string): T {
  return JSON.parse(readFileSync(blobPath(layout, digest), 'utf8')) as T;
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'));
}
