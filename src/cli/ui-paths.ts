import type { Operation } from '../catalog/types.ts';
import { mapConcurrently } from '../concurrency/map-concurrently.ts';
import type { Upstream } from '../upstream/types.ts';
import { mountWords } from './surface.ts';

/** The paths that MLflow's own pages request, as their scripts spell them. */
export interface UiPaths {
  /** Paths of the API, with `{}` for each value: `/ajax-api/3.0/mlflow/issues/{}`. */
  readonly templates: readonly string[];
  /** Addresses of pages: `/skills`, `/experiments/:experimentId`. */
  readonly pages: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** False if a limit ended the reading, or a script could not be read. */
  readonly complete: boolean;
}

/** Limits of the reading. MLflow 3.18 has 246 scripts of 23 MB together, and the largest has 4.5 MB. */
const MAX_FILES = 600;
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TIME_MS = 60_000;
const MAX_PATHS = 2_000;
const AT_ONCE = 4;

const PAGE = '/';
/** Never connected to: a reference that leads to another origin is ignored. */
const ORIGIN = 'http://mlflow.invalid';
const SCRIPT_TAG = /<script\b[^>]{0,500}?\bsrc="([^"<>]{1,300})"/g;
const SCRIPT_PATH = /^(?:\/[\w.-]{1,100}){1,10}\.js$/;
/** A script that another one loads when it needs it: `"static/js/1234.0a1b2c3d.chunk.js"`. */
const NAMED_SCRIPT = /"((?:[\w-]{1,40}\/){1,4})([\w.-]{1,100}\.js)"/g;
/** `"/models/:modelName"`: React Router's spelling of a page's address. */
const PAGE_ADDRESS = /"((?:\/:?[A-Za-z][A-Za-z-]{1,40}){1,6})(?:\/\*)?"/g;

/**
 * Reads the paths of the API that MLflow's pages call from the scripts that MLflow itself serves: every server publishes its pages,
 * and so says what is new in it. Only GETs of static files at the same origin are sent, and within fixed limits of number, size and
 * time. The scripts are searched as text, never run.
 *
 * @returns `undefined` if the server has no page with scripts
 * @throws {DenialError} when MLflow stops answering
 * @example
 * const { templates } = (await readUiPaths(upstream, OPERATIONS))!; // ['/ajax-api/3.0/mlflow/skills', ...]
 */
export async function readUiPaths(
  upstream: Pick<Upstream, 'ask'>,
  operations: readonly Operation[],
): Promise<UiPaths | undefined> {
  const end = performance.now() + MAX_TIME_MS;
  const apiPath = apiPathPattern(operations);
  const templates = new Set<string>();
  const pages = new Set<string>();
  let bytes = 0;
  let files = 0;
  let complete = true;
  const read = async (path: string): Promise<string | undefined> => {
    const timeoutMs = Math.ceil(end - performance.now());
    const limit = Math.min(MAX_FILE_BYTES, MAX_BYTES - bytes);
    if (timeoutMs <= 0 || limit <= 0) return undefined;
    // Counted before it is read, so that simultaneous reads stay within the limit together.
    bytes += limit;
    try {
      const answer = await upstream.ask(
        { method: 'GET', path, headers: {}, body: undefined },
        { timeoutMs, limit },
      );
      bytes += answer.body.length - limit;
      return answer.status === 200 ? answer.body.toString('utf8') : undefined;
    } catch {
      return undefined;
    }
  };
  const page = await read(PAGE);
  const seen = new Set(page === undefined ? [] : scriptsOf(page));
  if (seen.size === 0) return undefined;
  for (let wave = [...seen]; wave.length > 0; ) {
    const next: string[] = [];
    await mapConcurrently(wave, AT_ONCE, async (path) => {
      const text = await read(path);
      if (text === undefined) {
        complete = false;
        return;
      }
      files++;
      for (const script of scriptsNamedIn(text, path)) {
        if (seen.has(script)) continue;
        if (seen.size >= MAX_FILES) complete = false;
        else {
          seen.add(script);
          next.push(script);
        }
      }
      for (const template of templatesIn(text, apiPath))
        if (templates.size < MAX_PATHS) templates.add(template);
      for (const [, address = ''] of text.matchAll(PAGE_ADDRESS))
        if (pages.size < MAX_PATHS) pages.add(address);
    });
    wave = next;
  }
  return { templates: [...templates].sort(), pages: [...pages].sort(), files, bytes, complete };
}

function scriptsOf(page: string): string[] {
  return [...page.matchAll(SCRIPT_TAG)].flatMap(([, source = '']) => {
    const url = URL.parse(source, ORIGIN + PAGE);
    return url?.origin === ORIGIN && SCRIPT_PATH.test(url.pathname) ? [url.pathname] : [];
  });
}

/** The scripts that a script names, in its own folder. */
function scriptsNamedIn(text: string, path: string): string[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return [...text.matchAll(NAMED_SCRIPT)].flatMap(([, below = '', name = '']) =>
    folder.endsWith(`/${below}`) && SCRIPT_PATH.test(folder + name) ? [folder + name] : [],
  );
}

/** The begin of an API path: the first words of the catalog's mounts, then any version. */
function apiPathPattern(operations: readonly Operation[]): RegExp {
  const longestFirst = mountWords(operations).sort((a, b) => b.length - a.length);
  return new RegExp(`(?<=["'\`/])(?:${longestFirst.map(RegExp.escape).join('|')})/\\d{1,2}\\.\\d{1,2}/`, 'g');
}

function templatesIn(text: string, apiPath: RegExp): string[] {
  return [...text.matchAll(apiPath)].flatMap(({ index }) => readTemplate(text, index) ?? []);
}

const LONGEST_TEMPLATE = 200;
const LONGEST_EXPRESSION = 400;

/** Reads a path in a string or a template literal from its first character on, with `{}` for each expression. */
function readTemplate(text: string, start: number): string | undefined {
  let out = '/';
  for (let at = start; at < text.length && out.length < LONGEST_TEMPLATE; at++) {
    const char = text[at]!;
    if (/[\w@:./-]/.test(char)) out += char;
    else if (char === '$' && text[at + 1] === '{') {
      const end = endOfExpression(text, at + 2);
      if (end === undefined) return undefined;
      out += '{}';
      at = end;
    } else {
      // `"/traces/" + id`
      if (out.endsWith('/') && /["'`]/.test(char) && text[at + 1] === '+') out += '{}';
      break;
    }
  }
  const segments = out.split('/').filter((segment) => segment !== '');
  return segments.length > 2 ? `/${segments.map(withoutExpression).join('/')}` : undefined;
}

/** A value is a whole segment: `@${organization}`. What follows a word is a query: `/search${query}`. */
function withoutExpression(segment: string): string {
  const at = segment.indexOf('{}');
  return at > 0 && /^[\w:-]+$/.test(segment.slice(0, at)) ? segment.slice(0, at) : at < 0 ? segment : '{}';
}

/** The index of the brace that ends a `${...}`. */
function endOfExpression(text: string, start: number): number | undefined {
  let depth = 1;
  for (let at = start; at < start + LONGEST_EXPRESSION && at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return undefined;
}
