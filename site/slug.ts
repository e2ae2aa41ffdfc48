/**
 * The anchor that GitHub gives to a heading, so that a link with an anchor works there and on the site.
 *
 * @example
 * slugOf('GW_TLS: what it does'); // 'gw_tls-what-it-does'
 */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}
