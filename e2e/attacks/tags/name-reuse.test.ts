import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unique } from '../../harness/stack.ts';
import { API, MINE, makeEstate, ok, openScene, PROXY, placeOf, type Scene } from './estate.ts';

/** Names of registered models pass from hand to hand; what is about a name must not be about its next owner. */

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.stop());

const RM = `${API}/registered-models`;
const describeModel = (name: string, description: string) => ({ name, description });

/** A connection of the attacker's that does as it likes. */
async function rawAttacker(): Promise<{ headers: string; url: URL }> {
  const headers = Object.entries(await scene.stack.headersFor(MINE, 'admin'));
  return {
    url: new URL(scene.stack.gateway.address),
    headers: headers.map(([name, value]) => `${name}: ${value}\r\n`).join(''),
  };
}

describe('a change that a busy MLflow does later', () => {
  /** Sends a change of a model and leaves at once, as soon as MLflow (the relay) has it. */
  async function leaveBehind(address: string, headers: Record<string, string>, name: string) {
    const kept = scene.relay.keep(({ method, url }) => method === 'PATCH' && url === `${RM}/update`);
    const { hostname, port } = new URL(address);
    const change = request({
      host: hostname,
      port,
      method: 'PATCH',
      path: `${RM}/update`,
      headers: { ...headers, 'content-type': 'application/json' },
    });
    change.on('error', () => {});
    change.end(JSON.stringify(describeModel(name, 'intruder')));
    await expect.poll(() => kept.count()).toBe(1);
    change.destroy();
    return kept;
  }
  const give = (fetch: Scene['direct'], name: string) => ok(fetch, `${RM}/delete`, { name }, 'DELETE');
  const take = (fetch: Scene['direct'], name: string) =>
    ok(fetch, `${RM}/create`, describeModel(name, 'theirs'));
  const described = async (name: string): Promise<unknown> =>
    (await ok(scene.direct, `${RM}/get?name=${name}`)).registered_model.description;

  test('is done to the next owner of the name, where nothing stands before MLflow', async () => {
    const name = unique('passed-on');
    await ok(scene.direct, `${RM}/create`, { name });
    const kept = await leaveBehind(scene.relay.address, {}, name);
    await give(scene.direct, name);
    await take(scene.direct, name);
    kept.go();
    await expect.poll(() => described(name)).toBe('intruder');
  });

  test('is done before anybody can take the name, through the gateway', async () => {
    const name = unique('passed-on');
    await ok(scene.attacker, `${RM}/create`, { name });
    const kept = await leaveBehind(
      scene.stack.gateway.address,
      await scene.stack.headersFor(MINE, 'admin'),
      name,
    );
    await give(scene.attacker, name);
    const taken = take(scene.owner, name);
    // Answered after it was sent: by then the other creation would be through too.
    await take(scene.owner, unique('another'));
    await take(scene.owner, unique('another'));
    const before = scene.relay.seen.length;
    kept.go();
    await taken;
    expect(scene.relay.seen.slice(before)).toContain(`POST ${RM}/create`);
    expect(await described(name)).toBe('theirs');
  });
});

describe('a caller who does not read', () => {
  const sockets: { destroy(): void }[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  test('keeps no name from its owner', async () => {
    const own = await makeEstate(scene.direct, MINE, scene.dir);
    const name = unique('theirs');
    await ok(scene.owner, `${RM}/create`, { name });
    const file = `${PROXY}/${placeOf(own.runUri)}/large.bin`;
    const put = await scene.attacker(file, { method: 'PUT', body: Buffer.alloc(30 * 1024 * 1024, 1) });
    expect(put.status).toBe(200);
    const { url, headers } = await rawAttacker();
    const socket = connect(Number(url.port), url.hostname).pause();
    sockets.push(socket);
    // The second answer waits behind the first, which is never read; the name was to be held until it is.
    const body = JSON.stringify({ name });
    socket.write(`GET ${file} HTTP/1.1\r\nHost: g\r\n${headers}\r\n`);
    socket.write(
      `POST ${RM}/create HTTP/1.1\r\nHost: g\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await expect
      .poll(() => scene.relay.seen.filter((line) => line === `POST ${RM}/create`).length)
      .toBeGreaterThan(1);
    const answer = await scene.owner(`${RM}/update`, {
      method: 'PATCH',
      json: describeModel(name, 'mine'),
      timeoutMs: 10_000,
    });
    expect(answer.status, await answer.text()).toBe(200);
  });
});

test('the next owner of a name gets nothing of what the last one left', async () => {
  const name = unique('inherited');
  const own = await makeEstate(scene.direct, MINE, scene.dir);
  await ok(scene.attacker, `${RM}/create`, {
    name,
    description: 'left',
    tags: [{ key: 'left', value: 'x' }],
  });
  await ok(scene.attacker, `${API}/model-versions/create`, { name, source: own.runUri, run_id: own.run });
  await ok(scene.attacker, `${RM}/alias`, { name, alias: 'champion', version: '1' });
  await ok(scene.attacker, `${RM}/delete`, { name }, 'DELETE');
  await ok(scene.owner, `${RM}/create`, { name });
  const found = {
    name,
    creation_timestamp: expect.any(Number),
    last_updated_timestamp: expect.any(Number),
  };
  expect((await ok(scene.owner, `${RM}/get?name=${name}`)).registered_model).toEqual(found);
  const tags = [{ key: 'tenant', value: 'team-b' }];
  expect((await ok(scene.direct, `${RM}/get?name=${name}`)).registered_model).toEqual({ ...found, tags });
  expect((await scene.owner(`${RM}/alias?name=${name}&alias=champion`)).status).toBe(400);
  expect((await scene.owner(`${API}/model-versions/get?name=${name}&version=1`)).status).toBe(404);
  for (const path of [`${RM}/get?name=${name}`, `${API}/model-versions/get?name=${name}&version=1`])
    expect((await scene.attacker(path)).status).toBe(404);
});
