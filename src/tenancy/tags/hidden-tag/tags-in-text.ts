/**
 * Edits tags that are a JSON object in a JSON text.
 *
 * @param text the text, with its quotes
 * @param cut cuts the tenant tag from the object
 * @returns the text as it is sent, with its quotes; `undefined` if it stays as it is
 * @example
 * editTagsInText('"{\\"tenant\\":\\"a\\"}"', cut)?.toString(); // '"{}"'
 */
export function editTagsInText(text: string, cut: (tags: string) => string): Buffer | undefined {
  try {
    const tags: unknown = JSON.parse(text);
    // Half a surrogate pair would not come out of the bytes as it went in.
    if (typeof tags !== 'string' || !tags.isWellFormed()) return undefined;
    const edited = cut(tags);
    // Python writes a blank behind a comma: it goes with the comma.
    return edited === tags ? undefined : Buffer.from(JSON.stringify(edited.replace(/^\{ +"/, '{"')));
  } catch {
    return undefined;
  }
}
