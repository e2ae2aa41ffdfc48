import { describeFile, type FileStatus } from './file-status.ts';
import type { RereadFile } from './reread-file.ts';

/** Several files that are read again, from `start` to `close`. */
export interface RereadFiles {
  readonly files: () => readonly FileStatus[];
  /** A sentence for each file that cannot be used. */
  readonly details: () => readonly string[];
  readonly start: () => void;
  readonly close: () => void;
}

/**
 * Groups files that are read again.
 *
 * @param some `undefined` for a file that is not configured
 * @example
 * const group = rereadFiles([policy, identity, denyList]);
 * group.start();
 */
export function rereadFiles(
  some: readonly (Pick<RereadFile<unknown>, 'status' | 'start' | 'close'> | undefined)[],
): RereadFiles {
  const all = some.filter((file) => file !== undefined);
  const files = (): readonly FileStatus[] => all.map((file) => file.status());
  return {
    files,
    details: () => files().flatMap((status) => describeFile(status) ?? []),
    start: () => {
      for (const file of all) file.start();
    },
    close: () => {
      for (const file of all) file.close();
    },
  };
}
