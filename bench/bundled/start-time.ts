import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoIdp } from '../../dev/demo-idp.ts';
import { freePort } from '../../dev/ports.ts';
import { startProcess } from '../../dev/process.ts';
import { cpuMicroseconds } from '../cpu-time.ts';
import { bundledCommand, fullConfiguration } from './contenders.ts';

const GIVE_UP_MS = 30_000;
const ASK_EVERY_MS = 5;

/** One start of the gateway. */
export interface Start {
  /** From the start of the process until `/readyz` answers 200. */
  readonly readyMs: number;
  /** Its processor time until then. */
  readonly cpuMs: number;
}

/** Starts the bundle of a checkout once, with everything on, and stops it when it is ready. */
export async function measureStart(
  checkout: string,
  upstream: string,
  dir: string,
  idp: DemoIdp,
): Promise<Start> {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const [command = '', ...args] = bundledCommand(checkout, join(dir, '..'));
  const env = await fullConfiguration(upstream, dir, idp);
  const began = performance.now();
  const child = await startProcess({
    name: 'the gateway',
    command,
    args: [...args, 'serve'],
    env: {
      PATH: process.env.PATH,
      GW_LISTEN_HOST: '127.0.0.1',
      GW_LISTEN_PORT: String(port),
      ...env,
    },
    log: join(dir, 'start.log'),
  });
  while (!(await isReady(port))) {
    if (child.gone() !== undefined || performance.now() - began > GIVE_UP_MS)
      throw new Error(`it ${child.gone() ?? 'did not become ready'}:\n${child.tail()}`);
    await sleep(ASK_EVERY_MS);
  }
  const readyMs = performance.now() - began;
  const cpuMs = (cpuMicroseconds(child.pid) ?? Number.NaN) / 1000;
  await child.stop();
  return { readyMs, cpuMs };
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, host: '127.0.0.1', path: '/readyz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}
