/**
 * The name in the URI of a prompt; `undefined` for anything else than a name with a version or an alias.
 *
 * @example
 * promptIn('prompts:/qa/3'); // 'qa'
 * promptIn('prompts:/qa@latest'); // 'qa'
 */
export function promptIn(uri: string): string | undefined {
  return /^prompts:\/([^/@?#%\\\p{Cc}\s]+)(?:\/[1-9]\d{0,8}|@[^/@?#%\\\p{Cc}\s]+)$/u.exec(uri)?.[1];
}
