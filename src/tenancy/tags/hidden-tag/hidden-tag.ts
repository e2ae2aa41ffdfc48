import { LIMITS } from '../../../limits.ts';
import type { ResponseEdit } from '../../../upstream/types.ts';
import type { TagPlaces, TagsThere } from '../../tag-places.ts';
import { CutBuffer } from './cut-buffer.ts';
import { type Frame, openFrame } from './frame.ts';
import { endOfText, endsEscaped, textIn } from './json-bytes.ts';
import { CLOSE_LIST, CLOSE_MAP, COLON, COMMA, isSpace, OPEN_LIST, OPEN_MAP, QUOTE } from './json-syntax.ts';
import { editTagsInText } from './tags-in-text.ts';
import { ValueSkipper } from './value-skipper.ts';

/** Most bytes of a response that are held until it is decided whether they are cut. */
const MOST_HELD = LIMITS.heldResponseBytes.value;
/** Longest name of a field on the way to tags, in characters. */
const LONGEST_NAME = 64;
/** Most bytes that JSON can write an ASCII character in: `\u0074`. */
const LONGEST_SPELLING = 6;

// The state: what comes next.
const VALUE = 0;
const NAME = 1;
const COLON_NEXT = 2;
const AFTER = 3;
const IN_NAME = 4;
const IN_TEXT = 5;
const IN_JSON = 6;
const IN_SCALAR = 7;
const SKIPPING = 8;
/** The rest is passed on. */
const PASSING = 9;

/** No position. */
const NONE = -1;

/**
 * Cuts the tenant tag from a JSON response as it streams by. All other bytes are MLflow's own. Only the piece that may have to be
 * cut is held ({@link LIMITS}.heldResponseBytes at most).
 *
 * It is a convenience, not a boundary: the tag names the caller's own tenant. Input that it cannot parse is passed on.
 *
 * @example
 * const edit = new HiddenTag(tagPlaces(operation.answerTags, TAG_ITEM), 'tenant', 'team-a');
 * for await (const chunk of answer) for (const piece of edit.push(chunk)) res.write(piece);
 * for (const piece of edit.end()) res.write(piece);
 */
export class HiddenTag implements ResponseEdit {
  readonly #key: string;
  readonly #tenant: string;
  /** A longer text, in bytes, is neither the key nor the tenant. */
  readonly #longest: number;
  readonly #frames: Frame[] = [];
  #state = VALUE;
  /** The place of the next value; `undefined` where no tags can be. */
  #place: TagPlaces | undefined;
  /** The name of the current member. */
  #name = '';
  #escaped = false;
  readonly #skipper = new ValueSkipper();
  /** The bytes that are not passed on yet, with the current chunk. Positions are in it. */
  readonly #held = new CutBuffer();
  /** Where the current text begins; `NONE` without one, or if it is too long to be looked for. */
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
    const start = this.#held.append(chunk);
    this.#read(start);
    return this.#decided();
  }

  /** The rest, when the response has ended. */
  end(): readonly Buffer[] {
    this.#pass();
    return this.#decided();
  }

  /** The bytes that can be passed on. */
  #decided(): Buffer[] {
    const { length } = this.#held.bytes;
    let until = length;
    for (const at of [this.#hold, this.#prefix, this.#text]) if (at !== NONE && at < until) until = at;
    if (length - until > MOST_HELD) {
      this.#pass();
      until = length;
    }
    const out = this.#held.take(until);
    if (this.#hold !== NONE) this.#hold -= until;
    if (this.#prefix !== NONE) this.#prefix -= until;
    if (this.#text !== NONE) this.#text -= until;
    return out;
  }

  #read(start: number): void {
    const { bytes } = this.#held;
    const { length } = bytes;
    let i = start;
    while (i < length) {
      switch (this.#state) {
        case SKIPPING:
          i = this.#skipper.skip(bytes, i);
          if (this.#skipper.done) this.#state = AFTER;
          continue;
        case IN_NAME:
        case IN_TEXT:
        case IN_JSON:
          i = this.#readText(bytes, i);
          continue;
        case PASSING:
          return;
      }
      const c = bytes[i]!;
      if (isSpace(c)) {
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
      // The key or value of a tag, or a value in a map under the key of the tenant tag.
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
    // A list directly in a list does not lead to tags.
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
    this.#frames.push(openFrame(role, list, place, tags));
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

  #readText(bytes: Buffer, start: number): number {
    const end = endOfText(bytes, start, this.#escaped);
    const until = end === -1 ? bytes.length : end;
    const isLong =
      this.#state === IN_JSON ? until - this.#hold > MOST_HELD : until - this.#text > this.#longest;
    if (this.#text !== NONE && isLong) {
      this.#text = NONE;
      // It is not looked for, and may be long.
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
    // Only tags that can become empty, or have to be read whole, are held from their name on.
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

  /** Tags in a string: read whole, and written again only if they have the tag. */
  #jsonEnds(from: number, end: number): void {
    this.#state = AFTER;
    if (from !== NONE) {
      const text = this.#held.bytes.toString('utf8', from - 1, end + 1);
      const cut = editTagsInText(text, (tags) => this.#cutFromMap(tags));
      if (cut !== undefined) this.#held.cut(from - 1, end + 1, cut);
    }
    this.#keep();
  }

  #cutFromMap(tags: string): string {
    const edit = new HiddenTag({ inside: new Map(), tags: MAP }, this.#key, this.#tenant);
    return Buffer.concat([...edit.push(Buffer.from(tags)), ...edit.end()]).toString('utf8');
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
      // All members before it were cut, so the comma is too.
      this.#held.cut(i, i + 1);
      this.#hold = i + 1;
    } else this.#hold = i;
    return i + 1;
  }

  #close(i: number): number {
    const frame = this.#frames.at(-1);
    if (frame === undefined || frame.list !== (this.#held.bytes[i] === CLOSE_LIST)) {
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
      this.#held.uncut(this.#prefix);
      this.#held.cut(this.#prefix, i + 1);
    } else if (parent) parent.kept += 1;
    this.#hold = NONE;
    this.#prefix = NONE;
    return i + 1;
  }

  /** Keeps the held member: its list or object is not empty, and needs a comma before the next one. */
  #keep(): void {
    if (this.#hold === NONE) return;
    const frame = this.#frames.at(-1)!;
    (frame.role === 'item' ? this.#frames.at(-2)! : frame).kept += 1;
    this.#hold = NONE;
    this.#prefix = NONE;
  }

  #cut(frame: Frame, end: number): void {
    this.#held.cut(this.#hold, end);
    this.#hold = NONE;
    frame.cut = true;
  }

  #keepAndSkip(c: number, i: number): number {
    this.#keep();
    return this.#beginSkip(c, i);
  }

  #beginSkip(c: number, i: number): number {
    if (c === QUOTE || c === OPEN_LIST || c === OPEN_MAP) {
      this.#state = SKIPPING;
      this.#skipper.begin(c);
    } else this.#state = IN_SCALAR;
    return i + 1;
  }

  /** Gives up: the held bytes are passed on as MLflow wrote them. */
  #pass(): void {
    if (this.#prefix !== NONE) this.#held.uncut(this.#prefix);
    this.#hold = NONE;
    this.#prefix = NONE;
    this.#text = NONE;
    this.#state = PASSING;
  }
}

/** Tags that are a map. */
const MAP: TagsThere = { form: 'map', leftOut: false, key: [], value: [] };
