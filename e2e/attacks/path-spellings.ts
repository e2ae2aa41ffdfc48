import { expect } from 'vitest';
import { proxied } from '../harness/mlflow-api.ts';
import type { RestCaller } from '../harness/rest-caller.ts';

/** Two tenants, and a capability of their MLflow. */
export interface Spelling {
  readonly a: RestCaller;
  readonly b: RestCaller;
  /** Whether MLflow can serve a name that it stores with U+FFFD: from 3.17. */
  readonly stored: boolean;
}

/**
 * Other spellings of paths and sources, and names with "%": a spelling with one meaning is read as MLflow reads it, a path out
 * of the tenant is refused. The same for each strategy.
 *
 * @throws an assertion that does not hold
 */
export async function readsSpellings({ a, b, stored }: Spelling): Promise<void> {
  const experiment = await a.experiment();
  const { id, uri } = await a.run(experiment);
  const theirs = await b.run(await b.experiment());
  expect((await b.put(proxied(theirs.uri, 'secret.txt'), 'secret')).status).toBe(200);
  // Names of images in clients 2.22.5 to 3.6.0, and a name that MLflow stores with U+FFFD, which older versions cannot serve.
  const decoded = stored ? 'top%205%25accuracy.txt' : 'top%205%25%20of%20all.txt';
  for (const name of ['images/dog%25step%250%25timestamp%2517.png', decoded]) {
    const made = await a.put(proxied(uri, name), name);
    expect(made.status, made.text).toBe(200);
    expect((await a.get(proxied(uri, name))).text).toBe(name);
    expect((await a.get(`/get-artifact?run_id=${id}&path=${name}`)).text).toBe(name);
    // Strategy `workspaces`: MLflow rejects it, since the path names a workspace.
    const other = await b.get(proxied(uri, name));
    expect([400, 404], other.text).toContain(other.status);
    expect(other.text).not.toBe(name);
  }
  const image = '"images/dog%step%0%timestamp%17.png"';
  for (const path of ['images', './images', 'images//', 'images/.', './/images/./']) {
    const listed = await a.get(`/api/2.0/mlflow/artifacts/list?run_id=${id}&path=${path}`);
    expect([path, listed.status, listed.text.replace('images//', 'images/')]).toEqual([
      path,
      200,
      expect.stringContaining(image),
    ]);
  }
  const list = `/api/2.0/mlflow/artifacts/list?run_id=${id}&path=.`;
  expect((await a.get(list)).text).toContain('"images"');
  // MLflow's client deletes a directory as `dir/` (`delete_artifacts()`, `mlflow gc`). Where `dir/` is a file, nothing is deleted.
  const others = await b.delete(proxied(uri, 'images/'));
  expect([400, 404], others.text).toContain(others.status);
  expect((await a.get(list)).text).toContain('"images"');
  expect((await a.delete(proxied(uri, `${decoded}/`))).status).toBe(200);
  expect((await a.get(proxied(uri, decoded))).text).toBe(decoded);
  const file = await a.get(proxied(uri, `${decoded}/`));
  expect([file.status, file.body.reason]).toEqual([404, 'unknown_operation']);
  expect((await a.delete(proxied(uri, 'images/'))).status).toBe(200);
  expect((await a.get(list)).text).not.toContain('"images"');
  const up = ['%252e%252e', '..%252f..', '%25252e%25252e', '..%2500', '%2500'];
  for (const dots of up) {
    const path = `${dots}/${theirs.id}/artifacts/secret.txt`;
    for (const way of [
      proxied(uri, path),
      `/get-artifact?run_id=${id}&path=${path}`,
      `/api/2.0/mlflow/artifacts/list?run_id=${id}&path=${path}`,
    ]) {
      const refused = await a.get(way);
      expect([way, refused.status, refused.text.includes('secret"')]).toEqual([way, 400, false]);
    }
  }
  const name = await a.model();
  for (const [rest, written] of [
    ['/my model', '/my model'],
    ['/50%', '/50%'],
    ['//model', '/model'],
    ['/model/', '/model'],
  ]) {
    const source = `runs:/${id}${rest}`;
    const made = await a.post('/api/2.0/mlflow/model-versions/create', { name, run_id: id, source });
    expect(made.status, made.text).toBe(200);
    expect((made.body.model_version as { source: string }).source).toBe(`runs:/${id}${written}`);
  }
  const create = (source: string) =>
    a.post('/api/2.0/mlflow/model-versions/create', { name, run_id: id, source });
  for (const source of [
    `runs:/${id}/..%2f..%2f${theirs.id}`,
    `runs:/${id}/%252e%252e/x`,
    `runs:/${id}/x%00`,
    `${uri}/..%2f..%2f${theirs.id}/artifacts`,
    `${theirs.uri}//model/`,
    '%66ile:/etc',
  ]) {
    const refused = await create(source);
    expect([source, refused.body.reason]).toEqual([source, 'storage_uri_refused']);
  }
  for (const source of [`runs:/${theirs.id}//model`, `runs:/${theirs.id}/model/`]) {
    const refused = await create(source);
    expect([source, refused.body.reason]).toEqual([source, 'resource_not_found']);
  }
}
