import { afterEach, expect, it } from 'vitest';
import type { Upstream } from '../upstream/types.ts';
import { MlflowVersion } from './version.ts';

const open: MlflowVersion[] = [];
afterEach(() => {
  for (const version of open.splice(0)) version.close();
});

async function saying(body: string, status = 200): Promise<MlflowVersion> {
  const ask = async () => ({ status, headers: {}, body: Buffer.from(body) });
  const version = new MlflowVersion({ ask } as unknown as Upstream);
  open.push(version);
  await version.start();
  return version;
}

it.each([
  ['3.17.2', false, false],
  ['"3.18.0"', true, false],
  ['3.17.3.dev0', true, false],
  ['3.9.0', false, true],
  ['4', true, false],
])('compares %s by its numbers', async (said, after, before) => {
  const version = await saying(said);
  expect([version.isAfter('3.17.2'), version.isBefore('3.17.2')]).toEqual([after, before]);
});

it.each([
  ['no number', 200],
  ['3.17.2', 500],
])('treats an MLflow that answers %j with %d as newer and as older', async (said, status) => {
  const version = await saying(said, status);
  expect([version.isAfter('3.17.2'), version.isBefore('3.17.2')]).toEqual([true, true]);
});

it('treats an MLflow of unknown version as newer', () => {
  expect(new MlflowVersion({} as Upstream).isAfter('3.17.2')).toBe(true);
});
