/** Node 26 has `RegExp.escape` (ES2025); the libraries of TypeScript 5.9 do not declare it. */
interface RegExpConstructor {
  escape(text: string): string;
}
