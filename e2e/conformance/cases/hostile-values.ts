import { randomBytes } from 'node:crypto';
import { artifactPath } from '../../harness/mlflow-api.ts';
import type { Family } from '../../harness/world/family.ts';

/** Filters that bypassed a tenant clause on a real server, or that name the other tenant. */
export async function hostileFilters(there: Family): Promise<readonly string[]> {
  const { marker } = there.owner;
  return [
    `tags.note LIKE '${marker.slice(0, 9)}%'`,
    `name LIKE '%${marker.slice(0, 9)}%'`,
    '.foo IS NULL',
    '. IS NULL',
    "tags.tenant != 'q' :: -- ",
    "tags.tenant != 'q\\' AND tags.x ILIKE ':: --'",
    'AND',
  ];
}

/** Paths under MLflow's artifact routes that lead, in some reading, to the other tenant's files. */
export async function hostileServerPaths(there: Family): Promise<readonly string[]> {
  const { artifactRoot } = there.owner;
  const { theirs, inside } = await theirFile(there);
  const upload = (await there.id('skill-upload')).replace('mlflow-artifacts:/', '');
  return [
    ...(there.lacks('skill-upload') ? [] : [upload, `${upload}/SKILL.md`]),
    theirs,
    theirs.split('/').slice(0, -1).join('/'),
    ...(artifactRoot === '' ? [] : [artifactRoot, artifactRoot.split('/')[0]!, inside]),
    `../../${theirs}`,
    `x/../../${there.owner.tenant}/${inside}`,
    `/${theirs}`,
    `%2e%2e/${there.owner.tenant}/${inside}`,
    theirs.replaceAll('/', '%2F'),
  ];
}

/** The same for paths inside a run or a model. */
export async function hostileResourcePaths(there: Family): Promise<readonly string[]> {
  const { theirs, inside } = await theirFile(there);
  return [
    `../../../../${theirs}`,
    `../../../${there.owner.tenant}/${inside}`,
    `..%2f..%2f..%2f${there.owner.tenant}/${inside}`,
    `/${theirs}`,
    theirs,
    `file:///${theirs}`,
    `mlflow-artifacts:/${theirs}`,
    `a/../../../../../${theirs}`,
  ];
}

/** URIs of the other tenant's artifacts, of the server's files, and of siblings of the caller's artifacts. */
export async function hostileUris(here: Family, there: Family): Promise<readonly string[]> {
  const run = await there.id('run');
  const model = await there.id('logged-model');
  const registered = await there.id('registered-model');
  const runUri = await there.id('run-artifacts');
  const ownUri = await here.id('run-artifacts');
  const path = artifactPath(runUri, 'model');
  return [
    `models:/${registered}/1`,
    `models:/${registered}@champion`,
    `models:/${registered}/latest`,
    `models:/${model}`,
    `models:///${model}`,
    `MODELS:/${model}`,
    `runs:/${run}/model`,
    `runs:///${run}/model`,
    `${runUri}/model`,
    runUri.replace(':/', '://localhost/'),
    await there.id('logged-model-artifacts'),
    `${ownUri}/../../../../${path}`,
    `${ownUri}/%2e%2e/%2e%2e/${path}`,
    `${ownUri}#/../../${path}`,
    `${ownUri}?x=/../../${path}`,
    `${ownUri}-${randomBytes(2).toString('hex')}`,
    `s3://bucket/${path}`,
    'file:///etc',
    '/etc',
    'http://169.254.169.254/latest/meta-data',
  ];
}

/** A file of the other tenant under MLflow's artifact routes, and its path inside the tenant's part of them. */
async function theirFile(there: Family): Promise<{ readonly theirs: string; readonly inside: string }> {
  const theirs = artifactPath(await there.id('run-artifacts'), 'secret.txt');
  const { artifactRoot } = there.owner;
  return { theirs, inside: artifactRoot === '' ? theirs : theirs.slice(artifactRoot.length + 1) };
}
