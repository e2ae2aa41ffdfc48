import type { ConfigError } from './config-error.ts';

/** The page with every variable. */
const DOCS_PAGE = 'docs/reference/configuration.md';

/**
 * The text with which the gateway refuses to start: one numbered line for each error, each with its fix.
 *
 * @example
 * formatErrors([{ variable: 'GW_LISTEN_PORT', problem: 'is "80a" but must be ...', fix: 'For example: GW_LISTEN_PORT=5000' }]);
 */
export function formatErrors(errors: readonly ConfigError[]): string {
  const count = errors.length === 1 ? '1 problem' : `${errors.length} problems`;
  const width = String(errors.length).length;
  const lines = errors.map(({ variable, problem, fix }, i) => {
    const line = `${variable} ${problem.replace(/\.$/, '')}${/\?$/.test(problem) ? '' : '.'} ${fix}`;
    return `  ${String(i + 1).padStart(width)}. ${oneLine(line)}`;
  });
  return [
    `The configuration cannot be used: ${count}.`,
    '',
    ...lines,
    '',
    `Every variable: ${DOCS_PAGE}`,
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
