import type { Published } from './publish.ts';

/** What a dry run has built and published, for those who verify and install it. */
export interface DryRunResult {
  /** A folder for temporary files. */
  readonly dir: string;
  /** The folder of the artefacts. */
  readonly out: string;
  readonly version: string;
  readonly commit: string;
  /** The registry of images and charts, without a scheme. */
  readonly registry: string;
  readonly published: Published;
  readonly publicKey: string;
}
