import { expect, test } from 'vitest';
import { isBefore, versionOf } from './image-version.ts';

test.each<[string, string]>([
  ['burakince/mlflow:2.22.0', '2.22.0'],
  ['docker.io/burakince/mlflow:3.15.1', '3.15.1'],
  ['ghcr.io/mlflow/mlflow:v3.1.4', '3.1.4'],
  ['ghcr.io/mlflow/mlflow:v3.17.2-full', '3.17.2'],
  ['registry.example:5000/mirror/mlflow/mlflow:3.5.0rc0', '3.5.0'],
  ['mlflow/mlflow:v2.9', '2.9'],
  ['ghcr.io/mlflow/mlflow:v3.1.4@sha256:0c4f', '3.1.4'],
])('%s says %s', (image, text) => expect(versionOf(image)).toBe(text));

test.each([
  'registry.example/team/mlflow:1.4.0',
  'mlflow:2.22.5',
  'ghcr.io/mlflow/mlflow:latest',
  'ghcr.io/mlflow/mlflow',
  'ghcr.io/mlflow/mlflow@sha256:0c4f',
  'ghcr.io/mlflow/mlflow:3.1.4x',
  'ghcr.io/mlflow/mlflow-server:3.1.4',
  'notmlflow/mlflow:2.0.0',
  undefined,
])('%s says nothing', (image) => expect(versionOf(image)).toBeUndefined());

test('an unknown version is not older than anything', () => {
  expect(isBefore(undefined, '3.5')).toBe(false);
  const is = (image: string) => isBefore(versionOf(`mlflow/mlflow:${image}`), '3.5');
  expect(['2.22.5', '3.4.0', '3.5.0', '3.10.1', '4.0.0'].map(is)).toEqual([true, true, false, false, false]);
});
