/** The most problems of a file that are listed. The others are counted. */
const MOST = 50;

/** Collects the problems of a file, each with its path. */
export class Problems {
  readonly #listed: string[] = [];
  #count = 0;

  /** @param at the path in the file; empty for the file as a whole */
  add(at: string, problem: string): void {
    this.#count++;
    if (this.#listed.length < MOST) this.#listed.push(at === '' ? problem : `${at}: ${problem}`);
  }

  get count(): number {
    return this.#count;
  }

  list(): readonly string[] {
    const more = this.#count - this.#listed.length;
    return more === 0 ? this.#listed : [...this.#listed, `${more} more problems are not listed`];
  }
}

/**
 * The path of a member of a list or a map.
 *
 * @example
 * pathOf(pathOf('issuers', 1), 'grants'); // 'issuers[1].grants'
 * pathOf('table', '0b1c-22'); // 'table["0b1c-22"]'
 */
export function pathOf(at: string, member: string | number): string {
  if (typeof member === 'number') return `${at}[${member}]`;
  if (!/^[A-Za-z_]\w*$/.test(member)) return `${at}[${shown(member)}]`;
  return at === '' ? member : `${at}.${member}`;
}

/** Quotes text of the file in a message, shortened. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
