/** The digits of `%xx` for a printable ASCII character, NUL, tab, line feed or carriage return. */
const CHANGES = '0[09ad]|[2-6][0-9a-f]|7[0-9a-e]';
const BEYOND_ASCII = '[89a-f][0-9a-f]';
const CONTROL = '[01][0-9a-f]|7f';

/** `%xx` of any byte. */
export const ENCODED = /%[0-9a-f]{2}/i;

/** One or more `%xx` of any byte in a row. */
export const ENCODED_BYTES = /(?:%[0-9a-f]{2})+/gi;

/**
 * `%xx` that decodes to a printable ASCII character, to the end of a string, or to a character that Python's `urlparse` drops: only
 * these can produce a separator, a dot segment or another `%xx` (ADR 35).
 */
export const ENCODED_ASCII = new RegExp(`%(?:${CHANGES})`, 'i');

/** One or more `%xx` of bytes beyond ASCII in a row. */
export const ENCODED_LETTERS = new RegExp(`(?:%(?:${BEYOND_ASCII}))+`, 'gi');

/** `%xx` of a control character. */
export const ENCODED_CONTROL = new RegExp(`%(?:${CONTROL})`, 'gi');

/** `%xx` of anything but a control character that stays encoded: canonical text has none (`canonicalArtifactPath`). */
export const ENCODED_MORE = new RegExp(`%(?:${CHANGES}|${BEYOND_ASCII})`, 'i');
