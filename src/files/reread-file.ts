import { LIMITS } from '../limits.ts';
import type { FileLabel, FileStatus } from './file-status.ts';
import { problemsOf } from './problems.ts';
import { readFileBounded, readFileBoundedSync } from './read-file.ts';

/** The part of the operational log that is used. */
export interface FileLog {
  info(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export interface RereadFileOptions<T> {
  /** The variable that names the file. */
  readonly variable: string;
  readonly label: FileLabel;
  readonly path: string;
  /** The contents that were read at start. */
  readonly text: string;
  /** The value of those contents, if it was made at start too, and the contents of the files that they name. Default: `parse` makes it. */
  readonly first?:
    | { readonly value: T; readonly others?: ReadonlyMap<string, string> | undefined }
    | undefined;
  /** The largest file that is read, in bytes; also for the files that it names. */
  readonly maxBytes: number;
  /**
   * Makes the value from the contents; may throw an error with `problems`, a list of lines.
   *
   * @param read reads another file that the contents name. That file is read again too.
   */
  readonly parse: (text: string, read: (path: string) => string) => T;
  /** Called with each new value, except the first. If it throws, the last value stays. */
  readonly onChange?: ((value: T) => void) | undefined;
  readonly log: FileLog;
  /** The time between two reads. Default `LIMITS.fileReadInterval`. */
  readonly everyMs?: number | undefined;
  /** The time after which a changed file must still be the same. Default `LIMITS.fileSettleTime`. */
  readonly settleMs?: number | undefined;
  /** For tests: milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/** The contents of one file, or the reason why it cannot be read. */
type Reading = { readonly text: string } | { readonly unreadable: string };

/** A value, and the files that it was made from. */
interface Parsed<T> {
  readonly value: T;
  readonly readings: ReadonlyMap<string, Reading>;
}

/**
 * A file that is read again while the gateway runs. A change is in use within five seconds, without a restart.
 *
 * The contents are compared, not the times of the file: Kubernetes swaps a symbolic link two folders above, editors rename, scripts
 * write in place ([ADR 63](../../docs/adr/0063-files-are-read-again.md)). A change counts once two readings are equal, so that a
 * half-written file is not used. If new contents cannot be used, the last value stays, the log has the errors once, and
 * {@link status} says so until the file is corrected.
 *
 * @throws what `parse` throws, for the first contents
 * @example
 * const policy = new RereadFile({ variable: 'GW_RBAC_POLICY_FILE', label: 'policy', path, text, maxBytes, parse: JSON.parse, log });
 * policy.start();
 * policy.value; // the last good one
 */
export class RereadFile<T> {
  readonly #options: RereadFileOptions<T>;
  readonly #now: () => number;
  #value: T;
  /** The file and the files that it names, as they were when the value in use was made. */
  #used: ReadonlyMap<string, Reading>;
  /** The last readings that could not be used. */
  #refused: ReadonlyMap<string, Reading> | undefined;
  #goodAt: number;
  #unusableSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: RereadFileOptions<T>) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { value, readings } =
      options.first === undefined ? this.#parse(options.text) : firstOf(options, options.first);
    this.#value = value;
    this.#used = readings;
    this.#goodAt = this.#now();
  }

  /** The value of the last good contents. */
  get value(): T {
    return this.#value;
  }

  status(): FileStatus {
    const { variable, label } = this.#options;
    return { variable, label, goodAt: this.#goodAt, unusableSince: this.#unusableSince ?? this.#silent() };
  }

  /** Starts to read the file again. Does not keep the process alive. */
  start(): void {
    if (!this.#closed) this.#timer ??= this.#later();
  }

  /** Tries contents again that could not be used, because something else has changed that they depend on. */
  retry(): void {
    this.#refused = undefined;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** A file that cannot be read to its end (a file system that hangs), or that changes all the time, is not known to be good. */
  #silent(): number | undefined {
    const late = this.#goodAt + LIMITS.fileSilence.value * 1_000;
    return this.#timer !== undefined && this.#now() > late ? late : undefined;
  }

  #later(): NodeJS.Timeout {
    const ms = this.#options.everyMs ?? LIMITS.fileReadInterval.value * 1_000;
    return setTimeout(() => void this.#again(), ms).unref();
  }

  /** Never rejects: readings hold the errors, and `#use` catches. */
  async #again(): Promise<void> {
    const readings = await this.#settled();
    if (this.#closed) return;
    if (readings !== undefined) this.#consider(readings);
    this.#timer = this.#later();
  }

  /** Reads the files; for a change, until two readings are equal. `undefined` if they are not equal yet. */
  async #settled(): Promise<ReadonlyMap<string, Reading> | undefined> {
    const known = this.#refused ?? this.#used;
    const first = await this.#read(known.keys());
    if (same(first, this.#used) || (this.#refused !== undefined && same(first, this.#refused))) return first;
    await new Promise<void>((resolve) => {
      setTimeout(resolve, this.#options.settleMs ?? LIMITS.fileSettleTime.value).unref();
    });
    const second = await this.#read(known.keys());
    return same(first, second) ? second : undefined;
  }

  async #read(paths: Iterable<string>): Promise<ReadonlyMap<string, Reading>> {
    const readings = new Map<string, Reading>();
    for (const path of paths) {
      try {
        readings.set(path, { text: await readFileBounded(path, this.#options.maxBytes) });
      } catch (error) {
        readings.set(path, { unreadable: (error as Error).message });
      }
    }
    return readings;
  }

  #consider(readings: ReadonlyMap<string, Reading>): void {
    if (same(readings, this.#used)) {
      if (this.#unusableSince !== undefined) this.#log('info', 'a file has the contents in use again');
      this.#good(readings);
    } else if (this.#refused === undefined || !same(readings, this.#refused)) {
      this.#use(readings);
    }
  }

  #use(readings: ReadonlyMap<string, Reading>): void {
    const { path, onChange } = this.#options;
    const tried = new Map(readings);
    try {
      const { value, readings: used } = this.#parse(textOf(readings.get(path)), readings, tried);
      onChange?.(value);
      this.#value = value;
      this.#good(used);
      this.#log('info', 'a changed file is in use');
    } catch (error) {
      this.#refused = tried;
      this.#unusableSince ??= this.#now();
      const problems = problemsOf(error);
      const most = LIMITS.fileProblems.value;
      const left = problems.length - most;
      const errors = left > 0 ? [...problems.slice(0, most), `and ${left} more`] : problems;
      this.#log('error', 'a changed file cannot be used; its last good contents stay in use', { errors });
    }
  }

  #good(readings: ReadonlyMap<string, Reading>): void {
    this.#used = readings;
    this.#refused = undefined;
    this.#unusableSince = undefined;
    this.#goodAt = this.#now();
  }

  /** @param tried receives every file that is read, also if the parser fails */
  #parse(
    text: string,
    known: ReadonlyMap<string, Reading> = new Map(),
    tried: Map<string, Reading> = new Map(),
  ): Parsed<T> {
    const { path, maxBytes, parse } = this.#options;
    const readings = new Map<string, Reading>([[path, { text }]]);
    const value = parse(text, (other) => {
      const reading = known.get(other) ?? readOther(other, maxBytes);
      readings.set(other, reading);
      tried.set(other, reading);
      return textOf(reading);
    });
    return { value, readings };
  }

  #log(level: 'info' | 'error', message: string, more: object = {}): void {
    const { variable, path, log } = this.#options;
    log[level]({ variable, path, ...more }, message);
  }
}

function firstOf<T>(
  { path, text }: RereadFileOptions<T>,
  { value, others = new Map() }: NonNullable<RereadFileOptions<T>['first']>,
): Parsed<T> {
  const texts = [[path, text] as const, ...others];
  return { value, readings: new Map(texts.map(([name, contents]) => [name, { text: contents }])) };
}

function readOther(path: string, maxBytes: number): Reading {
  try {
    return { text: readFileBoundedSync(path, maxBytes) };
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

function textOf(reading: Reading | undefined): string {
  if (reading !== undefined && 'text' in reading) return reading.text;
  throw new Error(reading?.unreadable ?? 'it was not read');
}

function same(one: ReadonlyMap<string, Reading>, other: ReadonlyMap<string, Reading>): boolean {
  if (one.size !== other.size) return false;
  for (const [path, reading] of one) {
    const counterpart = other.get(path);
    if (counterpart === undefined || !sameReading(reading, counterpart)) return false;
  }
  return true;
}

function sameReading(one: Reading, other: Reading): boolean {
  if ('text' in one) return 'text' in other && one.text === other.text;
  return 'unreadable' in other && one.unreadable === other.unreadable;
}
