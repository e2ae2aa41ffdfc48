const TIMESTAMP =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const DURATION = /^-?(\d{1,12})(?:\.\d{1,9})?s$/;
/** Years 1 to 9999, and 10,000 years: what protobuf's Timestamp and Duration hold. */
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;
const DURATION_SECONDS = 315_576_000_000;

/**
 * Whether text is a time that protobuf's Timestamp takes (RFC 3339). Of another, such as the 30th of February, protobuf makes
 * a parse error, and MLflow drops whatever key follows.
 *
 * @example
 * isTimestamp('2026-01-02T03:04:05.678Z'); // true
 */
export function isTimestamp(text: string): boolean {
  const found = TIMESTAMP.exec(text);
  if (found === null) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  const time = Date.parse(text);
  return time >= FIRST && time <= LAST;
}

/** Whether text is a time span that protobuf's Duration takes. */
export function isDuration(text: string): boolean {
  const found = DURATION.exec(text);
  return found !== null && Number(found[1]) < DURATION_SECONDS;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
