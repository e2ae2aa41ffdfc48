/**
 * Reads a YAML value without quotes so that it has one reading only. Text is text in every version of YAML; `true`, `false`, and
 * numbers as JSON writes them are what they look like. Others have two readings: `on` is a boolean in YAML 1.1 (Helm, Ansible) and
 * text in YAML 1.2, `0123` is 83 or 123, the group id `123e4567` a number too large to exist.
 *
 * @param written as in the file
 * @returns `undefined` for a value with two readings
 * @see https://yaml.org/type/ for YAML 1.1, https://yaml.org/spec/1.2.2/#103-core-schema
 * @example
 * readPlainScalar('vision'); // 'vision'
 * readPlainScalar('30'); // 30
 * readPlainScalar('on'); // undefined
 */
export function readPlainScalar(written: string): string | number | boolean | null | undefined {
  if (written === '' || written === 'null') return null;
  if (written === 'true') return true;
  if (written === 'false') return false;
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(written) && String(Number(written)) === written)
    return Number(written);
  return OTHER_READINGS.some((pattern) => pattern.test(written)) ? undefined : written;
}

const OTHER_READINGS: readonly RegExp[] = [
  // Booleans and null of YAML 1.1 and 1.2.
  /^(?:y|n|yes|no|on|off|true|false|null|~)$/i,
  // Integers: decimal, octal, hexadecimal, binary, with `_`, and of base 60.
  /^[-+]?(?:0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[0-9][0-9_]*(?::[0-5]?[0-9])*)$/,
  // Floating-point numbers.
  /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?::[0-5]?[0-9])*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/,
  /^[-+]?\.(?:inf|nan)$/i,
  // Dates and times.
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt \t].*)?$/,
  // The merge key and the default key.
  /^(?:<<|=)$/,
];
