import { Composer, CST, isAlias, isMap, isScalar, isSeq, Lexer, type Node, Parser, Scalar } from 'yaml';
import { LIMITS } from '../../limits.ts';
import { readPlainScalar } from './plain-scalar.ts';
import { type Problems, pathOf, shown } from './problems.ts';
import type { Tree } from './tree.ts';

/**
 * Reads a YAML file with one document so that it has one reading only. It refuses anchors, aliases, tags, merge keys and directives,
 * keys that are repeated or not text, and values without quotes that versions of YAML read in different ways.
 *
 * @returns `undefined` if the text is not YAML; then, and for each refused value, `problems` has the reason
 * @see https://yaml.org/spec/1.2.2/
 * @example
 * readYaml('a: [1, x]', problems); // Map { 'a' => [1, 'x'] }
 */
export function readYaml(text: string, problems: Problems): Tree | undefined {
  try {
    const [first, second] = compose(text);
    if (first === undefined || first.contents === null) throw new UnreadableError('is empty');
    if (second !== undefined) throw new UnreadableError('holds several documents (---). Write one');
    const [error] = first.errors;
    if (error !== undefined)
      throw new UnreadableError(
        `is not YAML: ${error.message.replace(/\.$/, '')} (line ${lineAt(text, error.pos[0])})`,
      );
    return treeOf(first.contents as Node, '', problems);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    problems.add('', error.message);
    return undefined;
  }
}

/** The text as a whole cannot be read. The message follows the name of the file. */
class UnreadableError extends Error {}

function compose(text: string) {
  const composer = new Composer({
    version: '1.2',
    schema: 'failsafe',
    strict: true,
    // Compares each key with all others, which takes minutes for a table; `treeOf` does it with a set.
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  });
  return [...composer.compose(boundedTokens(text), true, text.length)];
}

/**
 * The tokens of the file. Composer and `treeOf` recurse, so the depth is bounded here; the number of words as well, since a file of
 * signs only takes far more time than its size suggests. The first error is the last token.
 */
function* boundedTokens(text: string): Generator<CST.Token, void> {
  const parser = new Parser();
  const deepest = LIMITS.identityDepth.value;
  const most = LIMITS.identityYamlWords.value;
  let words = 0;
  for (const word of new Lexer().lex(text)) {
    if (++words > most)
      throw new UnreadableError(`has more than ${most} words and signs of YAML. Write it as JSON`);
    yield* checked(text, parser.next(word));
    if (parser.stack.length > deepest && parser.stack.filter(CST.isCollection).length > deepest)
      throw new UnreadableError(`is nested deeper than ${deepest} levels`);
  }
  yield* checked(text, parser.end());
}

function* checked(text: string, tokens: Iterable<CST.Token>): Generator<CST.Token, void> {
  for (const token of tokens) {
    if (token.type === 'error')
      throw new UnreadableError(`is not YAML: ${token.message} (line ${lineAt(text, token.offset)})`);
    if (token.type === 'directive')
      throw new UnreadableError(`has the directive ${shown(token.source)}. Remove it`);
    yield token;
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** A refused value is reported and read as text, so that it does not cause a second problem. */
function treeOf(node: Node | null | undefined, at: string, problems: Problems): Tree {
  if (node === null || node === undefined) return null;
  if (isAlias(node)) {
    problems.add(at, `is the alias *${node.source}. Write the value out`);
    return '';
  }
  if (node.anchor !== undefined) problems.add(at, `has the anchor &${node.anchor}. Remove it`);
  if (isScalar(node)) return scalarOf(node, at, problems);
  if (node.tag !== undefined && !IMPLIED.has(node.tag)) problems.add(at, tagged(node.tag));
  if (isSeq<Node>(node)) return node.items.map((item, i) => treeOf(item, pathOf(at, i), problems));
  const map = new Map<string, Tree>();
  if (!isMap<Node, Node | null>(node)) return map;
  for (const { key: keyNode, value } of node.items) {
    const key = keyOf(keyNode, at, problems);
    if (key === undefined) continue;
    const where = pathOf(at, key);
    if (map.has(key)) problems.add(where, 'is written twice');
    map.set(key, treeOf(value, where, problems));
  }
  return map;
}

/** The tags that the failsafe schema gives to values without one. */
const IMPLIED = new Set(['tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq', 'tag:yaml.org,2002:str']);

const tagged = (tag: string): string => `has the tag ${shown(tag)}. Remove it`;

function scalarOf(node: Scalar, at: string, problems: Problems): Tree {
  if (node.tag !== undefined) {
    problems.add(at, tagged(node.tag));
    return '';
  }
  const text = String(node.value ?? '');
  if (node.type !== Scalar.PLAIN) return text;
  const value = readPlainScalar(text);
  if (value !== undefined) return value;
  problems.add(at, `is ${shown(text).slice(1, -1)}, which YAML reads in more than one way. ${quoted(text)}`);
  return '';
}

const quoted = (text: string): string => `Write it in quotes, ${shown(text)}, if it is text`;

function keyOf(node: Node | null, at: string, problems: Problems): string | undefined {
  if (!isScalar(node)) {
    problems.add(at, 'has a key that is not text');
    return undefined;
  }
  const text = String(node.value ?? '');
  if (node.anchor !== undefined || node.tag !== undefined) {
    problems.add(pathOf(at, text), 'has a key with an anchor or a tag. Remove it');
    return undefined;
  }
  if (node.type !== Scalar.PLAIN || typeof readPlainScalar(text) === 'string') return text;
  const fix = text === '<<' ? 'is a merge key. Write the fields out' : `is not text. ${quoted(text)}`;
  problems.add(at, text === '<<' ? `<< ${fix}` : `the key ${text === '' ? 'that is empty' : text} ${fix}`);
  return undefined;
}
