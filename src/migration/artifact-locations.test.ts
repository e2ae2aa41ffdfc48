import { describe, expect, test } from 'vitest';
import { ArtifactLocations, plainLocation } from './artifact-locations.ts';

const experimentLocations = [
  { experiment: '0', owner: '*', location: 'mlflow-artifacts:/0' },
  { experiment: '1', owner: 'team-b', location: 'mlflow-artifacts:/1' },
  { experiment: '2', owner: undefined, location: 'mlflow-artifacts:/2' },
  { experiment: '3', owner: undefined, location: 'mlflow-artifacts:/3' },
  { experiment: '4', owner: 'team-a', location: 'mlflow-artifacts:/4' },
  { experiment: '5', owner: 'team-b', location: 's3://bucket/their data/5' },
];
const locations = new ArtifactLocations('team-a', experimentLocations, 's3://tenants/of/{tenant}/x');

describe('an experiment', () => {
  test.each([
    ['2', 'mlflow-artifacts:/2', 'expected'],
    ['2', 'mlflow-artifacts://host:5000/2', 'expected'],
    ['2', 's3://tenants/of/team-a/x/2', 'expected'],
    ['2', 's3://tenants/of/team-a/x', 'expected'],
    ['2', 'mlflow-artifacts:/22', 'unusual'],
    ['2', 's3://anything', 'unusual'],
    ['2', 'mlflow-artifacts:/3/x', 'unusual'],
    ['2', 'mlflow-artifacts:/1', 'foreign'],
    ['2', 'mlflow-artifacts:/1/', 'foreign'],
    ['2', 'MLFLOW-ARTIFACTS:/1/run', 'foreign'],
    ['2', 'mlflow-artifacts:///1/run', 'foreign'],
    ['2', 'mlflow-artifacts://host/1/run', 'foreign'],
    ['2', 'mlflow-artifacts:/2/../1', 'foreign'],
    ['2', 'mlflow-artifacts:/%31', 'foreign'],
    ['2', 'mlflow-artifacts:/1?x', 'foreign'],
    ['2', 'mlflow-artifacts:/', 'foreign'],
    ['2', 'mlflow-artifacts:/0/run', 'foreign'],
    ['2', 'S3://bucket//their data/5', 'foreign'],
    ['2', 's3://tenants/of/team-b/x', 'foreign'],
    ['2', 's3://tenants/of/team-a', 'foreign'],
    ['2', 's3://tenants/of/team-ab/x', 'foreign'],
    ['2', 's3://tenants/of', 'foreign'],
    ['2', 's3://tenants', 'foreign'],
    ['2', 'runs:/abc', 'foreign'],
  ])('%s at %s: %s', (id, location, is) => {
    expect(locations.assessExperiment(id, location)).toMatchObject({ is });
  });

  test("accepts an experiment's directory below a server root with a blank", () => {
    const blank = ['0', '7', '8'].map((experiment) => ({
      experiment,
      owner: experiment === '8' ? 'team-b' : undefined,
      location: `/ml data/${experiment}`,
    }));
    const here = new ArtifactLocations('team-a', blank, undefined);
    expect(here.assessExperiment('7', '/ml data/7')).toEqual({ is: 'expected' });
    expect(here.assessInside('/ml data/7/r/artifacts', '7')).toEqual({ is: 'expected' });
    expect(here.assessInside('/ml data/8/r/artifacts', '7')).toMatchObject({ is: 'foreign' });
  });
});

describe('a resource in experiment 2', () => {
  test.each([
    ['mlflow-artifacts:/2/run/artifacts', 'expected'],
    ['mlflow-artifacts:/4/run/artifacts', 'expected'],
    ['mlflow-artifacts:/2/../1/run', 'foreign'],
    ['mlflow-artifacts:/22/run', 'unusual'],
    ['mlflow-artifacts:/3/run', 'unusual'],
    ['mlflow-artifacts:/1/run/artifacts', 'foreign'],
    ['mlflow-artifacts:/0/run/artifacts', 'foreign'],
    ['file:///etc', 'unusual'],
  ])('at %s: %s', (uri, is) => {
    expect(locations.assessInside(uri, '2')).toMatchObject({ is });
  });
});

test.each([
  ['file:///data//1/', '/data/1'],
  ['FILE://localhost/data/1', '/data/1'],
  ['/data/1', '/data/1'],
  ['mlflow-artifacts://h:1/1', 'mlflow-artifacts:/1'],
  ['mlflow-artifacts:/', 'mlflow-artifacts:/'],
  ['s3://Bucket//a/', 's3://bucket/a'],
])('%s is %s', (uri, plain) => {
  expect(plainLocation(uri)).toBe(plain);
});

test('the reason has no control characters', () => {
  const { why } = locations.assessExperiment('2', 's3://x\u001b[2J\u009b') as { why: string };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the assertion names the control characters
  expect(why).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});
