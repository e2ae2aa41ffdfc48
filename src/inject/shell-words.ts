/**
 * Splits a command line into words like a shell or Python's shlex: removes quotes and backslashes, and returns command
 * separators as words. Expands nothing: `$NAME` stays unchanged.
 */
export function shellWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  const end = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let i = 0; i < text.length; i += 1) {
    const letter = text.charAt(i);
    if (quote !== '') {
      if (letter === quote) quote = '';
      else if (letter === '\\' && quote === '"' && '"\\$`\n'.includes(text[i + 1] ?? ' '))
        word = `${word ?? ''}${text[++i]}`;
      else word = `${word ?? ''}${letter}`;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (letter === '\\') {
      // Before a line break, a backslash joins two lines.
      i += 1;
      if (text[i] !== '\n') word = `${word ?? ''}${text[i] ?? ''}`;
    } else if (letter === '\n' || ';&|'.includes(letter)) {
      end();
      words.push(';');
    } else if (/\s/.test(letter)) end();
    else word = `${word ?? ''}${letter}`;
  }
  end();
  return words;
}
