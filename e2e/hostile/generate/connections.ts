import { type HostileCase, render } from '../case.ts';
import type { Random } from '../random.ts';

/** A sender that misbehaves below HTTP: leaves in the middle, asks for another protocol, sends slowly or too much. */
export function badConnection(random: Random, base: HostileCase): HostileCase {
  const bytes = Buffer.concat(base.pieces);
  const cut = random.below(bytes.length);
  const unframed = { ...base, framed: false } as const;
  switch (random.below(7)) {
    case 0:
      return { ...unframed, name: 'reset in the request', pieces: [bytes.subarray(0, cut)], ending: 'reset' };
    case 1:
      return { ...unframed, name: 'reset before the answer', pieces: [bytes], ending: 'reset' };
    case 2:
      return { ...unframed, name: 'half a request', pieces: [bytes.subarray(0, cut)], ending: 'half-close' };
    case 3: {
      const upgrade = { Connection: 'Upgrade', Upgrade: random.one(['websocket', 'h2c', 'TLS/1.2']) };
      const body = Buffer.alloc(random.one([0, 10, 70_000]), 'x');
      return {
        ...unframed,
        name: 'upgrade',
        pieces: [render('POST', '/api/2.0/mlflow/runs/search', upgrade, body)],
        ending: random.one(['reset', 'half-close']),
      };
    }
    case 4:
      return {
        ...unframed,
        name: 'CONNECT',
        pieces: [render('CONNECT', 'evil.example:443', {}, Buffer.alloc(random.below(9_000), 'x'))],
        ending: random.one(['reset', 'half-close']),
      };
    case 5:
      return {
        ...unframed,
        name: 'pipelined with garbage',
        pieces: [bytes, Buffer.from('\0garbage\r\n\r\n')],
        ending: 'half-close',
      };
    default:
      return {
        ...base,
        name: 'slow',
        pieces: [bytes.subarray(0, cut), bytes.subarray(cut)],
      };
  }
}
