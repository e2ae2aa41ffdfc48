/**
 * Whether text, or JSON in text, has something of the AI gateway's judge: `gateway:/<endpoint>` stands for a model. Python
 * reads the scheme in any case and with line breaks inside.
 *
 * @example
 * callsGateway('{"model":"gateway:/gpt"}'); // true
 */
export function callsGateway(text: string): boolean {
  if (GATEWAY.test(bare(text))) return true;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  return typeof value === 'string' ? value !== text && callsGateway(value) : holds(value);
}

const GATEWAY = /gateway:\//i;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what urlsplit leaves out
const bare = (text: string): string => text.replace(/[\u0000-\u001f]/g, '');

function holds(value: unknown): boolean {
  if (typeof value === 'string') return callsGateway(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(holds);
}
