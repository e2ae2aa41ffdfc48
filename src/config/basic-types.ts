import { InvalidValueError, quote, tryParse, type ValueType, valueType } from './value-type.ts';

/** Any text of at most `max` UTF-16 code units without control characters. */
export function text(label = 'text', max = 4096): ValueType<string> {
  return valueType(
    label,
    (value) => {
      if (value.length > max) throw new InvalidValueError(`must be at most ${max} characters`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones refused
      if (/[\u0000-\u001f\u007f]/.test(value))
        throw new InvalidValueError('must not contain control characters');
      return value;
    },
    { type: 'string', maxLength: max },
  );
}

/** `true`, `false`, `1`, `0`, `yes` or `no`, in any letter case. */
export function boolean(): ValueType<boolean> {
  const words = new Map([
    ['true', true],
    ['1', true],
    ['yes', true],
    ['false', false],
    ['0', false],
    ['no', false],
  ]);
  return valueType(
    'boolean',
    (value) => {
      const word = words.get(value.toLowerCase());
      if (word === undefined) throw new InvalidValueError('must be true or false (also 1, 0, yes, no)');
      return word;
    },
    { type: ['boolean', 'string'] },
  );
}

/** A whole number within bounds, decimal digits only. */
export function integer(min: number, max: number): ValueType<number> {
  return valueType(
    `integer, ${min} to ${max}`,
    (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max))
        throw new InvalidValueError(`must be a whole number from ${min} to ${max}`);
      return number;
    },
    { type: ['integer', 'string'], minimum: min, maximum: max },
  );
}

/** Seconds, fractions allowed; the value is in milliseconds. */
export function seconds(min: number, max: number): ValueType<number> {
  return valueType(
    `seconds, ${min} to ${max}`,
    (value) => {
      const number = /^\d{1,9}(\.\d{1,6})?$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max)) {
        throw new InvalidValueError(`must be a number of seconds from ${min} to ${max}, without a unit`);
      }
      return Math.round(number * 1000);
    },
    { type: ['number', 'string'], minimum: min, maximum: max },
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A size: bytes, or a number with `KiB`, `MiB`, `GiB` (1024) or `kB`, `MB`, `GB` (1000). The value is in bytes. */
export function size(min: string, max: string): ValueType<number> {
  const [low, high] = [toBytes(min)!, toBytes(max)!];
  return valueType(
    `size, ${min} to ${max}`,
    (value) => {
      const bytes = toBytes(value);
      if (bytes === undefined || bytes < low || bytes > high) {
        throw new InvalidValueError(
          `must be a size from ${min} to ${max}, in bytes or with a unit such as 16MiB`,
        );
      }
      return bytes;
    },
    { type: ['integer', 'string'] },
  );
}

function toBytes(value: string): number | undefined {
  const parts = /^(\d{1,12})\s?([a-z]{0,3})$/i.exec(value);
  const unit = UNITS[parts?.[2]?.toLowerCase() ?? '?'];
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit;
}

/** One of a few words, in any letter case; `also` are other spellings of them. */
export function oneOf<const W extends string>(
  words: readonly W[],
  also: Readonly<Record<string, W>> = {},
): ValueType<W> {
  return valueType(
    words.map((word) => `\`${word}\``).join(', '),
    (value) => {
      const lower = value.toLowerCase();
      const word =
        words.find((candidate) => candidate === lower) ??
        (Object.hasOwn(also, lower) ? also[lower] : undefined);
      if (word === undefined) throw new InvalidValueError(`must be one of ${words.join(', ')}`);
      return word;
    },
    { type: 'string', enum: words },
  );
}

/** Comma-separated values. Blanks around them and empty ones are dropped, as are repetitions. */
export function list<T>(
  item: ValueType<T>,
  label = `comma-separated ${item.label}`,
): ValueType<readonly T[]> {
  return valueType(
    label,
    (value) => {
      const texts = value.split(',').map((part) => part.trim());
      const unique = [...new Set(texts)].filter((part) => part !== '');
      if (unique.length === 0) throw new InvalidValueError('must name at least one value');
      return unique.map((part) => {
        const parsed = tryParse(item, part);
        if ('value' in parsed) return parsed.value;
        const which = unique.length > 1 ? ` (${quote(part)} is not)` : '';
        throw new InvalidValueError(`${parsed.invalid}${which}`);
      });
    },
    { type: 'string' },
  );
}
