import type { Published } from './publish.ts';

/** The artifacts of a dry run, for the commands that verify and install them. */
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
