import type { HostileCase } from '../case.ts';
import type { Random } from '../random.ts';

const PIECES: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  ':',
  '/',
  '//',
  '..',
  '%2f',
  '%00',
  '?',
  '#',
  '&',
  ',',
  ';',
  '\t',
  '{}',
  '"',
  '\\',
  '\r\nX-MLFLOW-WORKSPACE: team-b',
  '\r\nX-Tenant: team-b',
  '\r\nContent-Length: 0',
  '\r\nContent-Length: 99999999999999999999',
  '\r\nTransfer-Encoding: chunked',
  '\r\nTransfer-Encoding: chunked, identity',
  '\r\nConnection: Upgrade\r\nUpgrade: websocket',
  '\r\nConnection: close',
  '\r\n\r\n',
  'GET /version HTTP/1.1\r\nHost: g\r\n\r\n',
  'HTTP/1.0',
  'HTTP/2.0',
  'ffffffff\r\n',
  '\u00ff\u00fe',
];

/** A request with some of its bytes left out and others put in: it may be anything, and need not end. */
export function damagedBytes(random: Random, base: HostileCase): HostileCase {
  let text = Buffer.concat(base.pieces).toString('latin1');
  // Most of what decides stands in the head.
  const head = text.indexOf('\r\n\r\n') + 4;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(random.chance(0.8) ? head : text.length + 1);
    text = text.slice(0, at) + random.one(PIECES) + text.slice(at + random.below(5));
  }
  return {
    ...base,
    name: 'bytes',
    pieces: [Buffer.from(text, 'latin1')],
    framed: false,
    ending: random.chance(0.9) ? 'half-close' : 'reset',
  };
}
