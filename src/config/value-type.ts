/**
 * How the text of one environment variable is read: the check, its name in the documentation, and the JSON Schema of
 * the text (for the chart's values).
 */
export interface ValueType<T> {
  /**
   * Reads the text of the variable, which is trimmed and not empty.
   *
   * @throws {InvalidValueError} the text is not a value of this type
   */
  readonly parse: (text: string) => T;
  /** For readers: `integer, 1 to 65535`. */
  readonly label: string;
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/**
 * Makes a value type from its parser.
 *
 * @param parse returns the value, or throws {@link InvalidValueError}
 * @example
 * const port = valueType('port', (text) => Number(text), { type: ['integer', 'string'] });
 */
export function valueType<T>(
  label: string,
  parse: (text: string) => T,
  jsonSchema: Readonly<Record<string, unknown>> = { type: 'string' },
): ValueType<T> {
  return { parse, label, jsonSchema };
}

/** A text is not a value of its type. The message completes the sentence `GW_X ...` and starts with `must`. */
export class InvalidValueError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidValueError';
  }
}

/**
 * Parses a text without throwing for an invalid one.
 *
 * @returns the value, or why the text is invalid
 * @example
 * tryParse(integer(0, 9), 'x'); // { invalid: 'must be a whole number from 0 to 9' }
 */
export function tryParse<T>(
  type: ValueType<T>,
  text: string,
): { readonly value: T } | { readonly invalid: string } {
  try {
    return { value: type.parse(text) };
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    return { invalid: error.message };
  }
}

const MAX_SHOWN = 80;

/** Quotes a value for an error message: shortened, and without a password that a URL may hold. */
export function quote(value: string): string {
  const masked = value.replace(/\/\/.*@/s, '//***@');
  return JSON.stringify(masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN)}...` : masked);
}
