/** The files that are read again, as labels of metrics. */
export const FILE_LABELS = [
  'identity',
  'policy',
  'deny_list',
  'tls_certificate',
  'tls_client_ca',
  'target_certificate',
  'target_ca',
] as const;
export type FileLabel = (typeof FILE_LABELS)[number];

/** The state of a file that is read again. */
export interface FileStatus {
  /** The variable that names the file. */
  readonly variable: string;
  readonly label: FileLabel;
  /** The last time that the file was read and its contents were usable, in milliseconds since 1970. */
  readonly goodAt: number;
  /** Since when its contents are not those in use, in milliseconds since 1970; `undefined` if they are. */
  readonly unusableSince: number | undefined;
}

/**
 * A sentence for the details of `/readyz`, which anyone may read: it names the variable and times only. The log has the errors.
 *
 * @returns `undefined` for a file whose contents are in use
 * @example
 * describeFile(status); // 'GW_RBAC_POLICY_FILE is unusable since 2026-11-27T10:00:02.000Z; ...'
 */
export function describeFile({ variable, goodAt, unusableSince }: FileStatus): string | undefined {
  if (unusableSince === undefined) return undefined;
  const [since, good] = [unusableSince, goodAt].map((at) => new Date(at).toISOString());
  return `${variable} is unusable since ${since}; its contents of ${good} are in use. The log has the errors.`;
}
