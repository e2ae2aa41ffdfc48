import { LIMITS } from '../limits.ts';

/** Events and terminals cut long messages, although API servers pass them on whole. */
const MAX_MESSAGE = LIMITS.webhookMessage.value;

/** A pod cannot be given a gateway. The message lists every problem of the pod with its remedy. */
export class Refusal extends Error {
  /** One or two whole sentences each. */
  readonly problems: readonly string[];

  /**
   * @param problems at least one; the message lists as many as fit into 2,000 characters
   */
  constructor(problems: readonly string[]) {
    super(summary(problems));
    this.name = 'Refusal';
    this.problems = problems;
  }
}

function summary(problems: readonly string[]): string {
  const [only = ''] = problems;
  if (problems.length <= 1) return clip(only, MAX_MESSAGE);
  const parts = problems.map((problem, i) => ` ${i + 1}. ${problem}`);
  const head = `The pod cannot be given a gateway, for ${problems.length} reasons.`;
  const rest = (count: number) => (count === 0 ? '' : ` And ${count} more, shown when these are corrected.`);
  let shown = parts.length;
  const text = () => `${head}${parts.slice(0, shown).join('')}${rest(parts.length - shown)}`;
  while (shown > 1 && text().length > MAX_MESSAGE) shown -= 1;
  return clip(text(), MAX_MESSAGE);
}

const MAX_QUOTED = 80;

/** A text of the pod for a message: on one line, and long enough to recognise. */
export function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern removes control characters.
  return clip(text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' '), MAX_QUOTED);
}

const clip = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;
