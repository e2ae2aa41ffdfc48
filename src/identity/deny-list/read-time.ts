const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|[+-]([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * Reads a time with date, seconds and time zone (RFC 3339, section 5.6). A date alone is not a time: the zone would be a guess.
 *
 * @returns milliseconds since 1970; `undefined` for any other text, and for a day that does not exist
 * @example
 * readTime('2026-11-27T18:30:00+01:00'); // 1795800600000
 */
export function readTime(text: string): number | undefined {
  const parts = RFC_3339.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Date.parse turns 30 February into 2 March.
  const daysOfMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return Date.parse(text);
}
