import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SocketGuard } from './socket-guard.ts';
import { listen, temporaryDirectory } from './testing/servers.ts';
import { binder, kill, leaveStale, listener } from './testing/sockets.ts';

/** A name of its own: the guard finds the holder of a socket by the file's name, and other tests hold sockets on this machine. */
const somewhere = async (): Promise<string> => join(await temporaryDirectory(), `${randomUUID()}.sock`);

describe('a path', () => {
  it('has a listening socket', async () => {
    const path = await somewhere();
    await listen(createServer(), path);
    const guard = new SocketGuard({ path, cleanup: true, graceMs: 0 });
    expect(await guard.isKnown()).toBe(false);
    expect(await guard.inspect()).toEqual({ state: 'listening' });
    expect(await guard.isKnown()).toBe(true);
  });

  it('is missing', async () => {
    expect(await new SocketGuard({ path: await somewhere(), cleanup: true }).inspect()).toEqual({
      state: 'missing',
    });
  });

  it('is not a socket if it is a file or a link to a socket; neither is removed', async () => {
    const path = await somewhere();
    const guard = new SocketGuard({ path, cleanup: true, graceMs: 0 });
    await writeFile(path, 'precious');
    expect(await guard.inspect()).toEqual({ state: 'not-a-socket' });
    expect(existsSync(path)).toBe(true);
    await rm(path);
    const elsewhere = await somewhere();
    await leaveStale(elsewhere);
    await symlink(elsewhere, path);
    expect(await guard.inspect()).toEqual({ state: 'not-a-socket' });
    expect([existsSync(elsewhere), existsSync(path)]).toEqual([true, true]);
  });

  it('is unusable if a parent of it is a file', async () => {
    const path = await somewhere();
    await writeFile(path, '');
    const guard = new SocketGuard({ path: join(path, 'm.sock'), cleanup: true });
    expect(await guard.inspect()).toEqual({ state: 'unusable', code: 'ENOTDIR' });
  });
});

describe('a socket that refuses connections', () => {
  it('is stale if it was seen listening, and removed only if configured', async () => {
    const path = await somewhere();
    const mlflow = await listener(path);
    const careful = new SocketGuard({ path, cleanup: false });
    const tidy = new SocketGuard({ path, cleanup: true });
    expect([await careful.inspect(), await tidy.inspect()]).toEqual([
      { state: 'listening' },
      { state: 'listening' },
    ]);
    await kill(mlflow);
    expect(await careful.inspect()).toEqual({ state: 'stale' });
    expect(existsSync(path)).toBe(true);
    expect(await tidy.inspect()).toEqual({ state: 'stale', removed: true });
    expect(existsSync(path)).toBe(false);
    expect(await tidy.inspect()).toEqual({ state: 'missing' });
  });

  it('may be about to listen if it is new and was never seen listening', async () => {
    const path = await somewhere();
    await leaveStale(path);
    expect(await new SocketGuard({ path, cleanup: true }).inspect()).toEqual({ state: 'starting' });
    expect(existsSync(path)).toBe(true);
  });

  it('is stale if it is old, was never seen listening, and no process holds it', async () => {
    const path = await somewhere();
    await leaveStale(path);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await new SocketGuard({ path, cleanup: true, graceMs: 50 }).inspect()).toEqual({
      state: 'stale',
      removed: true,
    });
  });

  it('is not removed while a process holds it, at any age', async () => {
    const path = await somewhere();
    const starting = await binder(path);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const guard = new SocketGuard({ path, cleanup: true, graceMs: 50 });
    expect(await guard.inspect()).toEqual({ state: 'starting' });
    await kill(starting);
    expect(await guard.inspect()).toEqual({ state: 'stale', removed: true });
  });

  it('is not the one seen listening if MLflow was restarted in between', async () => {
    const path = await somewhere();
    const first = await listener(path);
    const guard = new SocketGuard({ path, cleanup: true });
    expect(await guard.inspect()).toEqual({ state: 'listening' });
    await kill(first);
    await rm(path);
    await binder(path);
    expect(await guard.isKnown()).toBe(false);
    expect(await guard.inspect()).toEqual({ state: 'starting' });
    expect(existsSync(path)).toBe(true);
  });
});
