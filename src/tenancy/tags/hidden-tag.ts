import type { AnswerTags, TagItem } from '../../catalog/types.ts';
import type { AnswerEdit } from '../../upstream/types.ts';

/** What a step into an answer can meet: names to follow, or tags. Lists are passed through. */
export interface TagPlaces {
  readonly inside: Map<string, TagPlaces>;
  tags?: {
    readonly form: AnswerTags['form'];
    readonly leftOut: boolean;
    /** What an item of a list calls the key and the value; the value's name is missing where it was not asked for. */
    readonly key: string;
    readonly value: string | undefined;
  };
}

/** Prepares the places of an operation, once at start. */
export function tagPlaces(answer: readonly AnswerTags[], { key, value }: TagItem): TagPlaces {
  const root: TagPlaces = { inside: new Map() };
  for (const { at, form, leftOut } of answer) {
    let place = root;
    for (const name of at.split('.')) {
      const next: TagPlaces = place.inside.get(name) ?? { inside: new Map() };
      place.inside.set(name, next);
      place = next;
    }
    place.tags = { form, leftOut: leftOut === true, key, value };
  }
  return root;
}

/** Longest text that is compared; a key or value of the tag's is shorter (src/config/identity-types.ts). */
const LONGEST = 256;
/** Longest tags in a string that are looked into. Longer ones are passed on as they are. */
const LONGEST_JSON = 1024 * 1024;
/** Deepest place of tags in an answer is 5; deeper is something else. */
const DEEPEST = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;

/** What is expected next. */
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

/** A list or an object on the way to tags, or with tags. */
interface Frame {
  readonly list: boolean;
  readonly place: TagPlaces | undefined;
  /** `path`: on the way. `tags`: its members are tags. `item`: one tag of a list. */
  readonly role: 'path' | 'tags' | 'item';
  /** Members that are kept, and whether one was cut. */
  kept: number;
  cut: boolean;
  /** Of an item: what was found to be so. */
  key: boolean;
  value: boolean;
}

/**
 * Cuts the tenant's own tag out of a JSON answer as it streams by. All else is MLflow's bytes, untouched, and nothing is
 * kept but the piece that may have to be cut.
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
  readonly #frames: Frame[] = [];
  #state = VALUE;
  /** The place of the value that comes next; `undefined` where nothing of interest can be. */
  #place: TagPlaces | undefined;
  /** The member's name that was read last. */
  #name = '';
  #text = '';
  #overlong = false;
  #escaped = false;
  /** Inside a value that is skipped. */
  #depth = 0;
  #inString = false;
  #out: Buffer[] = [];
  /** `tags: [` and what is before it, until one of the tags is kept. */
  #prefix: Buffer[] | undefined;
  /** A member or item that may be cut. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #from = 0;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(places: TagPlaces, key: string, tenant: string) {
    this.#place = places;
    this.#key = key;
    this.#tenant = tenant;
  }

  push(chunk: Buffer): readonly Buffer[] {
    if (this.#state === PASSING) return [chunk];
    this.#chunk = chunk;
    this.#from = 0;
    this.#out = [];
    this.#read(chunk);
    this.#flush(chunk.length);
    return this.#out;
  }

  /** What was held when the answer ended early. */
  end(): readonly Buffer[] {
    this.#out = [];
    this.#from = 0;
    this.#chunk = Buffer.alloc(0);
    this.#pass();
    return this.#out;
  }

  #read(chunk: Buffer): void {
    const length = chunk.length;
    let i = 0;
    while (i < length) {
      switch (this.#state) {
        case SKIPPING:
          i = this.#skip(chunk, i);
          continue;
        case IN_NAME:
        case IN_TEXT:
        case IN_JSON:
          i = this.#readText(chunk, i);
          continue;
        case PASSING:
          return;
      }
      const c = chunk[i]!;
      if (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) {
        if (this.#state === IN_SCALAR) this.#valueEnds(i);
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
          if (c === COMMA || c === CLOSE_LIST || c === CLOSE_MAP) this.#valueEnds(i);
          else i++;
          break;
        default:
          i = this.#after(c, i);
      }
    }
  }

  #beginValue(c: number, i: number): number {
    const frame = this.#frames.at(-1);
    const place = this.#place;
    if (c === CLOSE_LIST && frame?.list) return this.#close(i);
    const { tags } = place ?? {};
    if (frame?.role === 'tags' && frame.list && frame.kept === 0 && !frame.cut) this.#hold(i);
    if (frame?.role === 'item' || (frame?.role === 'tags' && !frame.list)) {
      // The key or value of a tag, or the value of one in a map that is called like the tenant's.
      if (c !== QUOTE) return this.#keepAndSkip(c, i);
      this.#beginText(IN_TEXT);
      return i + 1;
    }
    if (frame?.role === 'tags') {
      if (c !== OPEN_MAP) return this.#keepAndSkip(c, i);
      this.#open({ list: false, place: undefined, role: 'item' });
      return i + 1;
    }
    if (c === QUOTE && tags?.form === 'json') {
      this.#beginText(IN_JSON);
      return i + 1;
    }
    if (tags !== undefined) {
      if (c !== (tags.form === 'list' ? OPEN_LIST : OPEN_MAP)) return this.#keepAndSkip(c, i);
      this.#prefix = this.#held;
      this.#held = undefined;
      this.#open({ list: tags.form === 'list', place, role: 'tags' });
      return i + 1;
    }
    if (place !== undefined && (c === OPEN_LIST || c === OPEN_MAP)) {
      this.#open({ list: c === OPEN_LIST, place, role: 'path' });
      return i + 1;
    }
    return this.#beginSkip(c, i);
  }

  #open(frame: Pick<Frame, 'list' | 'place' | 'role'>): void {
    if (this.#frames.length >= DEEPEST) {
      this.#pass();
      return;
    }
    this.#frames.push({ ...frame, kept: 0, cut: false, key: false, value: false });
    this.#state = frame.list ? VALUE : NAME;
  }

  #beginName(c: number, i: number): number {
    const frame = this.#frames.at(-1)!;
    if (c === CLOSE_MAP) return this.#close(i);
    if (c !== QUOTE) {
      this.#pass();
      return i;
    }
    if (frame.role !== 'item' && frame.kept === 0 && !frame.cut) this.#hold(i);
    this.#beginText(IN_NAME);
    return i + 1;
  }

  #beginText(state: number): void {
    this.#state = state;
    this.#text = '';
    this.#overlong = false;
    this.#escaped = false;
  }

  #readText(chunk: Buffer, start: number): number {
    const end = endOfText(chunk, start, this.#escaped);
    const until = end === -1 ? chunk.length : end;
    if (this.#state === IN_JSON) {
      // Its bytes are in what is held.
      if (this.#heldBytes + until - this.#from > LONGEST_JSON) this.#overlong = true;
    } else if (this.#text.length + until - start > LONGEST) this.#overlong = true;
    else this.#text += chunk.toString('latin1', start, until);
    if (end === -1) {
      this.#escaped = endsEscaped(chunk, start, this.#escaped);
      if (this.#state === IN_JSON && this.#overlong) this.#keep();
      return until;
    }
    if (this.#state === IN_NAME) this.#nameEnds();
    else if (this.#state === IN_JSON) this.#jsonEnds(end + 1);
    else this.#textEnds(end + 1);
    return end + 1;
  }

  #nameEnds(): void {
    const frame = this.#frames.at(-1)!;
    const name = this.#overlong ? '' : this.#text;
    this.#name = name;
    this.#state = COLON_NEXT;
    if (frame.role === 'item') {
      const { key, value } = this.#frames.at(-2)!.place!.tags!;
      if (name !== key && name !== value) this.#release();
      return;
    }
    if (frame.role === 'tags') {
      if (name !== this.#key) this.#keep();
      return;
    }
    this.#place = frame.place?.inside.get(name);
    // Only tags that can become empty, or have to be read whole, are held from before their name.
    if (this.#place?.tags === undefined) this.#keep();
  }

  #textEnds(end: number): void {
    const frame = this.#frames.at(-1)!;
    const text = this.#overlong ? undefined : this.#text;
    this.#state = AFTER;
    if (frame.role === 'tags') {
      if (this.#held !== undefined && this.#name === this.#key && text === this.#tenant)
        this.#cut(frame, end);
      else this.#keep();
      return;
    }
    const { key } = this.#frames.at(-2)!.place!.tags!;
    const isKey = this.#name === key;
    if (text !== (isKey ? this.#key : this.#tenant)) this.#release();
    else if (isKey) frame.key = true;
    else frame.value = true;
  }

  /** Tags in a string: read whole, and written again only if the tag is in them. */
  #jsonEnds(end: number): void {
    this.#state = AFTER;
    if (this.#held === undefined || this.#overlong) {
      this.#keep();
      return;
    }
    this.#flush(end);
    const held = Buffer.concat(this.#held);
    // The member's name has no quote in it.
    const begin = held.indexOf(QUOTE, held.indexOf(COLON));
    const cut = cutFromJson(held.toString('utf8', begin), this.#key, this.#tenant);
    if (cut !== undefined) this.#held = [held.subarray(0, begin), Buffer.from(cut)];
    this.#keep();
  }

  #valueEnds(_i: number): void {
    this.#state = AFTER;
  }

  #after(c: number, i: number): number {
    const frame = this.#frames.at(-1);
    if (frame === undefined) {
      this.#pass();
      return i;
    }
    if (c === CLOSE_LIST || c === CLOSE_MAP) return this.#close(i);
    if (c !== COMMA) {
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
      this.#flush(i);
      this.#from = i + 1;
      this.#hold(i + 1);
    } else this.#hold(i);
    return i + 1;
  }

  #close(i: number): number {
    const frame = this.#frames.pop()!;
    this.#state = AFTER;
    const parent = this.#frames.at(-1);
    if (frame.role === 'item') {
      const { value } = parent!.place!.tags!;
      if (this.#held !== undefined && frame.key && (frame.value || value === undefined))
        this.#cut(parent!, i + 1);
      else this.#keep();
      return i + 1;
    }
    if (frame.role === 'tags') {
      if (frame.cut && frame.kept === 0 && this.#prefix !== undefined && frame.place!.tags!.leftOut) {
        this.#from = i + 1;
        this.#held = undefined;
        this.#prefix = undefined;
        if (parent) parent.cut = true;
        return i + 1;
      }
      this.#release();
      this.#releasePrefix(i);
      if (parent) parent.kept += 1;
      return i + 1;
    }
    if (parent?.role === 'path' && parent.list) parent.kept += 1;
    return i + 1;
  }

  /** What is read from here on may be cut. */
  #hold(i: number): void {
    this.#flush(i);
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** The member or item is kept: its list is not empty, and needs a comma before the next one. */
  #keep(): void {
    const frame = this.#frames.at(-1);
    if (frame !== undefined && frame.role !== 'item' && this.#held !== undefined) frame.kept += 1;
    this.#release();
  }

  /** What was held goes out. */
  #release(): void {
    if (this.#held === undefined) return;
    const frame = this.#frames.at(-1);
    if (frame?.role === 'item') this.#frames.at(-2)!.kept += 1;
    if (this.#prefix !== undefined) {
      this.#out.push(...this.#prefix);
      this.#prefix = undefined;
    }
    this.#out.push(...this.#held);
    this.#held = undefined;
  }

  #releasePrefix(i: number): void {
    if (this.#prefix === undefined) return;
    this.#flush(i);
    this.#out.push(...this.#prefix);
    this.#prefix = undefined;
  }

  #cut(frame: Frame, end: number): void {
    this.#held = undefined;
    this.#from = end;
    frame.cut = true;
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

  #skip(chunk: Buffer, start: number): number {
    const length = chunk.length;
    let depth = this.#depth;
    let i = start;
    if (this.#inString) {
      const end = endOfText(chunk, i, this.#escaped);
      if (end === -1) {
        this.#escaped = endsEscaped(chunk, i, this.#escaped);
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
      const c = chunk[i++]!;
      if (c === QUOTE) {
        const end = endOfText(chunk, i, false);
        if (end === -1) {
          this.#inString = true;
          this.#escaped = endsEscaped(chunk, i, false);
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

  /** What was read so far goes where it belongs. */
  #flush(i: number): void {
    if (i > this.#from) {
      const piece = this.#chunk.subarray(this.#from, i);
      const to = this.#held ?? this.#prefix ?? this.#out;
      if (to === this.#held) this.#heldBytes += piece.length;
      to.push(piece);
    }
    this.#from = Math.max(this.#from, i);
  }

  #pass(): void {
    if (this.#prefix !== undefined) this.#out.push(...this.#prefix);
    if (this.#held !== undefined) this.#out.push(...this.#held);
    this.#prefix = undefined;
    this.#held = undefined;
    this.#state = PASSING;
  }
}

/** The position of the quote that ends a text; -1 when it goes on in the next chunk. */
function endOfText(chunk: Buffer, start: number, escaped: boolean): number {
  const length = chunk.length;
  let i = escaped ? start + 1 : start;
  while (i < length) {
    const c = chunk[i]!;
    if (c === QUOTE) return i;
    i += c === BACKSLASH ? 2 : 1;
  }
  return -1;
}

/** Whether the first character of the next chunk is escaped, in a text that does not end in this one. */
function endsEscaped(chunk: Buffer, start: number, escaped: boolean): boolean {
  if (start >= chunk.length) return escaped;
  let i = escaped ? start + 1 : start;
  while (i < chunk.length) i += chunk[i] === BACKSLASH ? 2 : 1;
  return i > chunk.length;
}

function cutFromJson(text: string, key: string, tenant: string): string | undefined {
  try {
    const inner: unknown = JSON.parse(text);
    if (typeof inner !== 'string') return undefined;
    const edit = new HiddenTag(
      { inside: new Map(), tags: { form: 'map', leftOut: false, key: '', value: undefined } },
      key,
      tenant,
    );
    const cut = Buffer.concat([...edit.push(Buffer.from(inner)), ...edit.end()]).toString('utf8');
    return cut === inner ? undefined : JSON.stringify(cut);
  } catch {
    return undefined;
  }
}
