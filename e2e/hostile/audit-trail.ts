import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const CHUNK = 1024 * 1024;

/**
 * Compares the audit log with the responses: each response has one line with its request id. Lines without a response
 * belong to callers that closed the connection.
 */
export class AuditTrail {
  readonly #open: number;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.alloc(CHUNK);
  /** Responses minus lines, for each request id with a difference. */
  readonly #owed = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  #rest = '';
  #lines = 0;

  constructor(file: string) {
    this.#open = openSync(file, 'r');
  }

  /** Records a response with this request id. */
  answered(id: string): void {
    this.#change(id, 1);
  }

  /** Reads the lines since the last call. */
  read(): void {
    for (;;) {
      const length = readSync(this.#open, this.#buffer, 0, CHUNK, null);
      if (length === 0) return;
      const lines = (this.#rest + this.#decoder.write(this.#buffer.subarray(0, length))).split('\n');
      this.#rest = lines.pop()!;
      for (const line of lines) this.#note(JSON.parse(line) as { request_id: string; reason: string });
    }
  }

  /** Request ids of answers without a line. */
  missing(): readonly string[] {
    return [...this.#owed].filter(([, count]) => count > 0).map(([id]) => id);
  }

  get lines(): number {
    return this.#lines;
  }

  /** How many lines have each reason. */
  get reasons(): ReadonlyMap<string, number> {
    return this.#reasons;
  }

  close(): void {
    closeSync(this.#open);
  }

  #note({ request_id, reason }: { readonly request_id: string; readonly reason: string }): void {
    this.#lines++;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    this.#change(request_id, -1);
  }

  #change(id: string, by: number): void {
    const owed = (this.#owed.get(id) ?? 0) + by;
    if (owed === 0) this.#owed.delete(id);
    else this.#owed.set(id, owed);
  }
}
