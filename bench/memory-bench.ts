import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDemoIdp } from '../dev/demo-idp.ts';
import { startFullGateway, startStub } from './contender.ts';
import { load, type NextRequest } from './load.ts';
import { renderRequest } from './request.ts';
import { STUB_OPERATIONS } from './stub-bench.ts';

const WARM_UP = 40_000;
const REQUESTS = 100_000;
const LOOKS = 5;
const CONNECTIONS = 32;
/**
 * The permitted growth of the heap after 100,000 requests: ten bytes a request. The smallest object that could leak with each request
 * (an entry in a map) is several times as large.
 */
const ALLOWED_GROWTH = 1_000_000;

const PROBE = fileURLToPath(new URL('memory-probe.ts', import.meta.url));

/** The gateway's memory, in bytes, after a number of requests and a garbage collection. */
export interface MemoryLook {
  readonly requests: number;
  readonly heapUsed: number;
  /** Buffers, outside the heap. */
  readonly external: number;
  readonly rss: number;
}

export interface MemoryResult {
  readonly warmUp: number;
  readonly connections: number;
  readonly looks: readonly MemoryLook[];
  readonly allowedGrowth: number;
}

/**
 * Measures the gateway's memory over 100,000 requests, half of them getRun and half searchRuns, after a warm-up that compiles code and
 * fills caches. Each measurement follows a garbage collection, so that it counts only memory in use.
 */
export async function benchMemory(dir: string, progress: (line: string) => void): Promise<MemoryResult> {
  mkdirSync(dir, { recursive: true });
  const idp = await startDemoIdp();
  try {
    const stub = await startStub(dir);
    const socket = join(dir, 'memory.sock');
    const { target } = await startFullGateway('gateway', stub.unix, dir, idp, {
      NODE_OPTIONS: `--import=${PROBE}`,
      BENCH_MEMORY_SOCKET: socket,
    });
    const next = await mixed(await idp.token('alice-contributor'));
    progress(`memory: warming up with ${WARM_UP} requests`);
    // The warm-up includes a garbage collection: some megabytes of the start are released late.
    for (let half = 0; half < 2; half++) {
      await load({ target, next, connections: CONNECTIONS, answers: WARM_UP / 2 });
      await look(socket, 0);
    }
    const looks = [await look(socket, 0)];
    for (let i = 1; i <= LOOKS; i++) {
      await load({ target, next, connections: CONNECTIONS, answers: REQUESTS / LOOKS });
      looks.push(await look(socket, (i * REQUESTS) / LOOKS));
      progress(`memory: ${looks.at(-1)!.requests} requests`);
    }
    return { warmUp: WARM_UP, connections: CONNECTIONS, looks, allowedGrowth: ALLOWED_GROWTH };
  } finally {
    await idp.stop();
  }
}

/** The growth of the gateway's memory in bytes, on the heap and in buffers. */
export function growth({ looks }: MemoryResult): number {
  const held = (look: MemoryLook): number => look.heapUsed + look.external;
  return held(looks.at(-1)!) - held(looks[0]!);
}

async function mixed(token: string): Promise<NextRequest> {
  const requests = Object.values(STUB_OPERATIONS).map((request) => renderRequest(request, token));
  let n = 0;
  return () => requests[n++ % requests.length]!;
}

function look(socket: string, requests: number): Promise<MemoryLook> {
  return new Promise((resolve, reject) => {
    let text = '';
    connect(socket)
      .setEncoding('utf8')
      .on('data', (chunk) => {
        text += chunk;
      })
      .on('error', reject)
      .on('end', () => {
        const { heapUsed, external, rss } = JSON.parse(text) as NodeJS.MemoryUsage;
        resolve({ requests, heapUsed, external, rss });
      });
  });
}
