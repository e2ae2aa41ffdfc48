import { LIMITS } from '../../../limits.ts';
import type { AnswerEdit } from '../../../upstream/types.ts';
import type { TagPlaces, TagsThere } from '../../tag-places.ts';
import { endOfText, endsEscaped, textIn } from './json-bytes.ts';

/** Most that is held of an answer until it is known whether it is cut, in bytes. */
const MOST_HELD = LIMITS.heldAnswerBytes.value;
/** Longest name of a field on the way to tags, in characters. */
const LONGEST_NAME = 64;
/** Most bytes that JSON can write an ASCII character in: `\u0074`. */
const LONGEST_SPELLING = 6;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

// What is expected next.
const VALUE = 0;
const NAME = 1;
const COLON_NEXT = 2;
const AFTER = 3;
const IN_NAME = 4;
const IN_TEXT = 5;
const IN_JSON = 6;
const IN_SCALAR = 7;
const SKIPPING = 8;
/** All that follows is passed on. */
const PASSING = 9;

/** No position. */
const NONE = -1;

/** A list or an object on the way to tags, or with tags. */
interface Frame {
  readonly list: boolean;
  readonly place: TagPlaces | undefined;
  /** `path`: on the way. `tags`: its members are tags. `item`: one tag of a list. */
  readonly role: 'path' | 'tags' | 'item';
  /** Of an item: how its list calls the key and the value. */
  readonly tags: TagsThere | undefined;
  /** Members that are kept, and whether one was cut. */
  kept: number;
  cut: boolean;
  /** Of an item: whether its key, and its value, were found to be the tag's. */
  key: boolean;
  value: boolean;
}

/** Bytes that are left out, or replaced. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly by?: Buffer;
}

/**
 * Cuts the tenant's own tag out of a JSON answer as it streams by. All else is MLflow's bytes, untouched, and nothing is
 * held but the piece that may have to be cut ({@link LIMITS}.heldAnswerBytes at most).
 *
 * It is a convenience and no boundary: the tag names the caller's own tenant. Whatever is not understood is passed on.
 *
 * @example
 * const edit = new HiddenTag(tagPlaces(operation.answerTags, TAG_ITEM), 'tenant', 'team-a');
 * for await (const chunk of answer) for (const piece of edit.push(chunk)) res.write(piece);
 * for (const piece of edit.end()) res.write(piece);
 */
export class HiddenTag implements AnswerEdit {
  readonly #key: string;
  readonly #tenant: string;
  /** A text of more bytes is none of those looked for. */
  readonly #longest: number;
  readonly #frames: Frame[] = [];
  #state = VALUE;
  /** The place of the value that comes next; `undefined` where nothing of interest can be. */
  #place: TagPlaces | undefined;
  /** The member's name that was read last. */
  #name = '';
  #escaped = false;
  /** Inside a value that is skipped. */
  #depth = 0;
  #inString = false;
  /** What is not passed on yet, the chunk at hand included. Positions are in it. */
  #bytes: Buffer = EMPTY;
  readonly #cuts: Cut[] = [];
  /** Where the text that is read begins; `NONE` when none is, or when it is longer than any looked for. */
  #text = NONE;
  /** Where the member or item begins that may be cut. */
  #hold = NONE;
  /** Where `"tags": [` begins, until one of the tags is kept. */
  #prefix = NONE;

  constructor(places: TagPlaces, key: string, tenant: string) {
    this.#place = places;
    this.#key = key;
    this.#tenant = tenant;
    this.#longest = LONGEST_SPELLING * Math.max(key.length, tenant.length, LONGEST_NAME);
  }

  push(chunk: Buffer): readonly Buffer[] {
    if (this.#state === PASSING) return [chunk];
    const start = this.#bytes.length;
    this.#bytes = start === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    this.#read(start);
    return this.#decided();
  }

  /** What was held when the answer ended early. */
  end(): readonly Buffer[] {
    this.#pass();
    return this.#decided();
  }

  /** Takes from the bytes what can be passed on. */
  #decided(): Buffer[] {
    const bytes = this.#bytes;
    const { length } = bytes;
    let until = length;
    for (const at of [this.#hold, this.#prefix, this.#text]) if (at !== NONE && at < until) until = at;
    if (length - until > MOST_HELD) {
      this.#pass();
      until = length;
    }
    const out: Buffer[] = [];
    let from = 0;
    while (this.#cuts.length > 0 && this.#cuts[0]!.from < until) {
      const cut = this.#cuts.shift()!;
      if (cut.from > from) out.push(bytes.subarray(from, cut.from));
      if (cut.by !== undefined) out.push(cut.by);
      from = cut.to;
    }
    if (until > from) out.push(bytes.subarray(from, until));
    this.#bytes = until === length ? EMPTY : bytes.subarray(until);
    this.#cuts.forEach((cut, at) => {
      this.#cuts[at] = { ...cut, from: cut.from - until, to: cut.to - until };
    });
    if (this.#hold !== NONE) this.#hold -= until;
    if (this.#prefix !== NONE) this.#prefix -= until;
    if (this.#text !== NONE) this.#text -= until;
    return out;
  }

  #read(start: number): void {
    const bytes = this.#bytes;
    const { length } = bytes;
    let i = start;
    while (i < length) {
      switch (this.#state) {
        case SKIPPING:
          i = this.#skip(i);
          continue;
        case IN_NAME:
        case IN_TEXT:
        case IN_JSON:
          i = this.#readText(i);
          continue;
        case PASSING:
          return;
      }
      const c = bytes[i]!;
      if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) {
        if (this.#state === IN_SCALAR) this.#state = AFTER;
        i++;
        continue;
      }
      switch (this.#state) {
        case VALUE:
          i = this.#beginValue(c, i);
          break;
        case NAME:
          i = this.#beginName(c, i);
          break;
        case COLON_NEXT:
          if (c === COLON) this.#state = VALUE;
          else this.#pass();
          i++;
          break;
        case IN_SCALAR:
          if (c === COMMA || c === CLOSE_LIST || c === CLOSE_MAP) this.#state = AFTER;
          else i++;
          break;
        default:
          i = this.#after(c, i);
      }
    }
  }

  #beginValue(c: number, i: number): number {
    const frame = this.#frames.at(-1);
    if (c === CLOSE_LIST && frame?.list) return this.#close(i);
    if (frame?.role === 'tags' && frame.list && frame.kept === 0 && !frame.cut) this.#hold = i;
    if (frame?.role === 'item' || (frame?.role === 'tags' && !frame.list)) {
      // The key or value of a tag, or the value of one in a map that is called like the tenant's.
      if (frame.role === 'item' && !this.#isOf(frame.tags!)) return this.#beginSkip(c, i);
      if (c !== QUOTE) return this.#keepAndSkip(c, i);
      return this.#beginText(IN_TEXT, i + 1);
    }
    if (frame?.role === 'tags') {
      if (c !== OPEN_MAP) return this.#keepAndSkip(c, i);
      return this.#open('item', false, undefined, frame.place!.tags, i);
    }
    const { tags } = this.#place ?? {};
    if (c === QUOTE && tags?.form === 'json') return this.#beginText(IN_JSON, i + 1);
    if (tags !== undefined) {
      if (c !== (tags.form === 'list' ? OPEN_LIST : OPEN_MAP)) return this.#keepAndSkip(c, i);
      this.#prefix = this.#hold;
      this.#hold = NONE;
      return this.#open('tags', tags.form === 'list', this.#place, undefined, i);
    }
    // A list right in a list is none that leads to tags.
    if (this.#place !== undefined && (c === OPEN_MAP || (c === OPEN_LIST && !frame?.list)))
      return this.#open('path', c === OPEN_LIST, this.#place, undefined, i);
    return this.#beginSkip(c, i);
  }

  #isOf({ key, value }: TagsThere): boolean {
    return key.includes(this.#name) || value.includes(this.#name);
  }

  #open(
    role: Frame['role'],
    list: boolean,
    place: TagPlaces | undefined,
    tags: TagsThere | undefined,
    i: number,
  ): number {
    this.#frames.push({ role, list, place, tags, kept: 0, cut: false, key: false, value: false });
    this.#state = list ? VALUE : NAME;
    return i + 1;
  }

  #beginName(c: number, i: number): number {
    const frame = this.#frames.at(-1)!;
    if (c === CLOSE_MAP) return this.#close(i);
    if (c !== QUOTE) {
      this.#pass();
      return i;
    }
    if (frame.role !== 'item' && frame.kept === 0 && !frame.cut) this.#hold = i;
    return this.#beginText(IN_NAME, i + 1);
  }

  #beginText(state: number, i: number): number {
    this.#state = state;
    this.#text = i;
    this.#escaped = false;
    return i;
  }

  #readText(start: number): number {
    const bytes = this.#bytes;
    const end = endOfText(bytes, start, this.#escaped);
    const until = end === -1 ? bytes.length : end;
    const isLong =
      this.#state === IN_JSON ? until - this.#hold > MOST_HELD : until - this.#text > this.#longest;
    if (this.#text !== NONE && isLong) {
      this.#text = NONE;
      // It is not what is looked for, and may be long.
      if (this.#state !== IN_NAME) this.#keep();
    }
    if (end === -1) {
      this.#escaped = endsEscaped(bytes, start, this.#escaped);
      return until;
    }
    const from = this.#text;
    this.#text = NONE;
    if (this.#state === IN_JSON) this.#jsonEnds(from, end);
    else {
      const text = from === NONE ? undefined : textIn(bytes, from, end);
      if (this.#state === IN_NAME) this.#nameEnds(text);
      else this.#textEnds(text, end + 1);
    }
    return end + 1;
  }

  #nameEnds(name: string | undefined): void {
    const frame = this.#frames.at(-1)!;
    this.#name = name ?? '';
    this.#state = COLON_NEXT;
    if (frame.role === 'item') return;
    if (frame.role === 'tags') {
      if (name !== this.#key) this.#keep();
      return;
    }
    this.#place = name === undefined ? undefined : frame.place?.inside.get(name);
    // Only tags that can become empty, or have to be read whole, are held from before their name.
    if (this.#place?.tags === undefined) this.#keep();
  }

  #textEnds(text: string | undefined, end: number): void {
    const frame = this.#frames.at(-1)!;
    this.#state = AFTER;
    if (frame.role === 'tags') {
      if (this.#hold !== NONE && this.#name === this.#key && text === this.#tenant) this.#cut(frame, end);
      else this.#keep();
      return;
    }
    const isKey = frame.tags!.key.includes(this.#name);
    if (text !== (isKey ? this.#key : this.#tenant)) this.#keep();
    else if (isKey) frame.key = true;
    else frame.value = true;
  }

  /** Tags in a string: read whole, and written again only if the tag is in them. */
  #jsonEnds(from: number, end: number): void {
    this.#state = AFTER;
    if (from !== NONE) {
      const cut = cutFromJson(this.#bytes.toString('utf8', from - 1, end + 1), this.#key, this.#tenant);
      if (cut !== undefined) this.#cuts.push({ from: from - 1, to: end + 1, by: cut });
    }
    this.#keep();
  }

  #after(c: number, i: number): number {
    const frame = this.#frames.at(-1);
    if (c === CLOSE_LIST || c === CLOSE_MAP) return this.#close(i);
    if (frame === undefined || c !== COMMA) {
      this.#pass();
      return i;
    }
    this.#state = frame.list ? VALUE : NAME;
    if (frame.role === 'item') return i + 1;
    if (frame.role === 'path' && frame.list) {
      this.#place = frame.place;
      return i + 1;
    }
    if (frame.kept === 0) {
      // All before it was cut, and the comma with it.
      this.#cuts.push({ from: i, to: i + 1 });
      this.#hold = i + 1;
    } else this.#hold = i;
    return i + 1;
  }

  #close(i: number): number {
    const frame = this.#frames.at(-1);
    if (frame === undefined || frame.list !== (this.#bytes[i] === CLOSE_LIST)) {
      this.#pass();
      return i;
    }
    this.#frames.pop();
    this.#state = AFTER;
    const parent = this.#frames.at(-1);
    if (frame.role === 'item') {
      const isOwn = frame.key && (frame.value || frame.tags!.value.length === 0);
      if (this.#hold !== NONE && isOwn) this.#cut(parent!, i + 1);
      else this.#keep();
      return i + 1;
    }
    if (frame.role === 'path') {
      this.#hold = NONE;
      return i + 1;
    }
    if (frame.cut && frame.kept === 0 && this.#prefix !== NONE && frame.place!.tags!.leftOut) {
      this.#uncut(this.#prefix);
      this.#cuts.push({ from: this.#prefix, to: i + 1 });
    } else if (parent) parent.kept += 1;
    this.#hold = NONE;
    this.#prefix = NONE;
    return i + 1;
  }

  /** What is held is kept: its list or object is not empty, and needs a comma before the next one. */
  #keep(): void {
    if (this.#hold === NONE) return;
    const frame = this.#frames.at(-1)!;
    (frame.role === 'item' ? this.#frames.at(-2)! : frame).kept += 1;
    this.#hold = NONE;
    this.#prefix = NONE;
  }

  #cut(frame: Frame, end: number): void {
    this.#cuts.push({ from: this.#hold, to: end });
    this.#hold = NONE;
    frame.cut = true;
  }

  /** What was cut from a position on is not. */
  #uncut(from: number): void {
    while ((this.#cuts.at(-1)?.from ?? NONE) >= from) this.#cuts.pop();
  }

  #keepAndSkip(c: number, i: number): number {
    this.#keep();
    return this.#beginSkip(c, i);
  }

  #beginSkip(c: number, i: number): number {
    if (c === QUOTE || c === OPEN_LIST || c === OPEN_MAP) {
      this.#state = SKIPPING;
      this.#depth = c === QUOTE ? 0 : 1;
      this.#inString = c === QUOTE;
      this.#escaped = false;
    } else this.#state = IN_SCALAR;
    return i + 1;
  }

  #skip(start: number): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    let depth = this.#depth;
    let i = start;
    if (this.#inString) {
      const end = endOfText(bytes, i, this.#escaped);
      if (end === -1) {
        this.#escaped = endsEscaped(bytes, i, this.#escaped);
        return length;
      }
      i = end + 1;
      this.#inString = false;
      if (depth === 0) {
        this.#state = AFTER;
        return i;
      }
    }
    while (i < length) {
      const c = bytes[i++]!;
      if (c === QUOTE) {
        const end = endOfText(bytes, i, false);
        if (end === -1) {
          this.#inString = true;
          this.#escaped = endsEscaped(bytes, i, false);
          this.#depth = depth;
          return length;
        }
        i = end + 1;
      } else if (c === OPEN_MAP || c === OPEN_LIST) depth++;
      else if ((c === CLOSE_MAP || c === CLOSE_LIST) && --depth === 0) {
        this.#state = AFTER;
        return i;
      }
    }
    this.#depth = depth;
    return length;
  }

  /** Gives up: what is not passed on yet is, as MLflow wrote it. */
  #pass(): void {
    if (this.#prefix !== NONE) this.#uncut(this.#prefix);
    this.#hold = NONE;
    this.#prefix = NONE;
    this.#text = NONE;
    this.#state = PASSING;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

/** Tags that are a map. */
const MAP: TagsThere = { form: 'map', leftOut: false, key: [], value: [] };

function cutFromJson(text: string, key: string, tenant: string): Buffer | undefined {
  try {
    const inner: unknown = JSON.parse(text);
    // Half a surrogate pair would not come out of the bytes as it went in.
    if (typeof inner !== 'string' || !inner.isWellFormed()) return undefined;
    const edit = new HiddenTag({ inside: new Map(), tags: MAP }, key, tenant);
    const cut = Buffer.concat([...edit.push(Buffer.from(inner)), ...edit.end()]).toString('utf8');
    // Python writes a blank behind a comma: it goes with the comma.
    return cut === inner ? undefined : Buffer.from(JSON.stringify(cut.replace(/^\{ +"/, '{"')));
  } catch {
    return undefined;
  }
}
