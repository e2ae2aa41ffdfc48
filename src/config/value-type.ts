import { z } from 'zod';

/**
 * How the text of one environment variable is read: the check, its name in the documentation, and what a JSON
 * Schema can say about the text (for the chart's values).
 */
export interface ValueType<T> {
  /** From the text as set (trimmed, never empty) to the value; issues say what would be right. */
  readonly schema: z.ZodType<T, string>;
  /** For readers: `integer, 1 to 65535`. */
  readonly label: string;
  readonly jsonSchema: Readonly<Record<string, unknown>>;
}

/**
 * Makes a value type from a plain function.
 *
 * @param parse returns the value, or throws `Invalid` with what would be right
 */
export function valueType<T>(
  label: string,
  parse: (text: string) => T,
  jsonSchema: Readonly<Record<string, unknown>> = { type: 'string' },
): ValueType<T> {
  const schema = z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });
  return { schema, label, jsonSchema };
}

/** A value cannot be used; the message completes the sentence `GW_X ...`, starting with `must`. */
export class Invalid extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Invalid';
  }
}

const MAX_SHOWN = 80;

/** A value as it may be shown in an error: quoted, short, without what may be a password in a URL. */
export function quote(value: string): string {
  const masked = value.replace(/\/\/.*@/s, '//***@');
  return JSON.stringify(masked.length > MAX_SHOWN ? `${masked.slice(0, MAX_SHOWN)}...` : masked);
}
