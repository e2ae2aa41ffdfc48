import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A process that listens on the socket, as MLflow would, and answers everything with 200. */
export function listener(path: string): Promise<ChildProcess> {
  return child(
    `require('node:http').createServer((q, s) => s.end('OK')).listen(${JSON.stringify(path)}, () => console.log('up'))`,
  );
}

/** A process that has bound the socket and does not listen on it yet, as uvicorn does while its workers start. */
export function binder(path: string): Promise<ChildProcess> {
  return child(
    `const { Pipe, constants } = process.binding('pipe_wrap'); globalThis.pipe = new Pipe(constants.SERVER);
     if (pipe.bind(${JSON.stringify(path)}) === 0) console.log('up'); setInterval(() => {}, 1e9);`,
  );
}

/** Kills the process, as the kernel does when memory runs out: the socket's file stays. */
export async function kill(process: ChildProcess): Promise<void> {
  const exited = once(process, 'exit');
  process.kill('SIGKILL');
  await exited;
}

/** A stale socket of a killed process. */
export async function leaveStale(path: string): Promise<void> {
  await kill(await listener(path));
}

/** A port of a process that accepts no connections, and whose backlog is full: connecting hangs. */
export async function deaf(): Promise<number> {
  const script = `const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 },
    () => console.log(server.address().port));`;
  const { promise, resolve } = Promise.withResolvers<number>();
  const stopped = await child(script, (line) => resolve(Number(line)));
  stopped.kill('SIGSTOP');
  const port = await promise;
  while (await connects(port));
  return port;
}

/** Whether a connection, which stays open until the test ends, is established. */
async function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  // The kernel needs no time for it, and reports it at the latest in the turn after the wait.
  await Promise.race([once(socket, 'connect'), wait(200).then(() => turn())]);
  return !socket.connecting;
}

async function child(script: string, onLine: (line: string) => void = () => {}): Promise<ChildProcess> {
  const started = spawn(process.execPath, ['--no-deprecation', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void started.kill('SIGKILL'));
  const [line] = await once(started.stdout!, 'data');
  onLine(String(line));
  return started;
}
