/**
 * Measures the time from the start of the gateway's process (or container) until `/readyz` answers 200, in front of an MLflow that
 * answers immediately. Fails if the median is a second or more.
 *
 *     npm run build && npm run cold-start [-- TIMES]     the bundle, with the flags of the image
 *     npm run cold-start -- TIMES IMAGE                  a new container of an image each time
 *     npm run cold-start -- TIMES --source               from source, for comparison
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStub } from '../bench/contender.ts';
import { median } from '../bench/stats.ts';
import { freePort } from '../dev/ports.ts';
import { startProcess, stopAllProcesses } from '../dev/process.ts';
import { commandOutsideImage } from './image-command.ts';

const root = join(import.meta.dirname, '..');
const LIMIT_MS = 1_000;
const GIVE_UP_MS = 20_000;

const [times = '10', image] = process.argv.slice(2);
const dir = mkdtempSync(join(tmpdir(), 'cold-start-'));

try {
  const stub = await startStub(dir);
  const results: number[] = [];
  for (let i = 0; i < Number(times); i++) results.push(await once(stub.tcp));
  const [least, middle, most] = [Math.min(...results), median(results), Math.max(...results)].map(Math.round);
  console.log(`ready after ${middle} ms (median of ${times}; ${least} to ${most})`);
  if (!(middle! < LIMIT_MS)) process.exitCode = 1;
} finally {
  await stopAllProcesses();
  rmSync(dir, { recursive: true, force: true });
}

async function once(target: string): Promise<number> {
  const port = await freePort();
  const env = {
    GW_AUTH_MODE: 'off',
    GW_LISTEN_HOST: '127.0.0.1',
    GW_LISTEN_PORT: String(port),
    GW_TARGET_BASE_URL: target,
  };
  const [command = '', ...args] = commandFor(env);
  const began = performance.now();
  const child = await startProcess({
    name: 'the gateway',
    command,
    args,
    env: { PATH: process.env.PATH, ...env },
    log: join(dir, 'gateway.log'),
  });
  while (!(await isReady(port))) {
    if (child.gone() !== undefined || performance.now() - began > GIVE_UP_MS)
      throw new Error(`it ${child.gone() ?? 'did not become ready'}:\n${child.tail()}`);
    await sleep(5);
  }
  const took = performance.now() - began;
  await child.stop();
  return took;
}

function commandFor(env: Readonly<Record<string, string>>): readonly string[] {
  if (image === '--source') return [process.execPath, join(root, 'src/main.ts'), 'serve'];
  if (image === undefined)
    return [...commandOutsideImage(root, { '/opt/mlflow-gateway': join(root, 'dist/image') }), 'serve'];
  const set = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const locked = ['--read-only', '--user', '12345', '--cap-drop', 'ALL'];
  return ['docker', 'run', '--rm', '--network', 'host', ...locked, ...set, image];
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
