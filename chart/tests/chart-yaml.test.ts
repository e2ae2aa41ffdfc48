/**
 * The requirements of Artifact Hub for a chart, from its documentation of annotations, as `ah lint` checks them: the tool is not
 * available to these tests. https://artifacthub.io/docs/topics/annotations/helm/
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHART, helm, KUBERNETES, REQUIRED, render } from './helm.ts';

const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8'));
const annotation = (name: string): string => chart.annotations[`artifacthub.io/${name}`];
const list = (name: string) => parse(annotation(name)) as Record<string, string>[];
const isUrl = (text: string): boolean => URL.canParse(text) && new URL(text).protocol === 'https:';

test('the chart has a description, icon, home, sources, maintainers, keywords and Kubernetes versions', () => {
  expect(chart).toMatchObject({
    apiVersion: 'v2',
    type: 'application',
    kubeVersion: expect.stringMatching(/^>=/),
  });
  expect(chart.description.length).toBeLessThan(200);
  for (const url of [
    chart.icon,
    chart.home,
    ...chart.sources,
    ...chart.maintainers.map(({ url }: { url: string }) => url),
  ])
    expect(isUrl(url), url).toBe(true);
  for (const { name } of chart.maintainers) expect(name).toMatch(/./);
  expect(chart.keywords).toEqual([...new Set(chart.keywords)]);
  expect(chart.keywords.length).toBeGreaterThan(3);
});

test('the icon is a picture in the repository, of a type that browsers show', () => {
  const [, path] = /\/main\/(.*)$/.exec(chart.icon) ?? [];
  const file = join(CHART, '..', path!);
  expect(existsSync(file), file).toBe(true);
  expect(readFileSync(file, 'utf8')).toMatch(/^<svg [^>]*viewBox="0 0 (\d+) \1"/);
});

test('every URL of the repository leads to an existing file', () => {
  const urls = list('links').map(({ url }) => url!);
  for (const url of urls) {
    expect(isUrl(url), url).toBe(true);
    const [, path] = /\/blob\/main\/(.*)$/.exec(url) ?? [];
    if (path !== undefined) expect(existsSync(join(CHART, '..', path)), path).toBe(true);
  }
  expect(urls.every((url) => url.startsWith(chart.home))).toBe(true);
});

describe('annotations', () => {
  test('are strings, and known to Artifact Hub', () => {
    const known = [
      'category',
      'license',
      'prerelease',
      'containsSecurityUpdates',
      'images',
      'links',
      'changes',
    ];
    expect(Object.keys(chart.annotations).sort()).toEqual(
      known.map((name) => `artifacthub.io/${name}`).sort(),
    );
    for (const value of Object.values(chart.annotations)) expect(value).toBeTypeOf('string');
  });

  test('name an existing category and licence', () => {
    expect([
      'ai-machine-learning',
      'database',
      'integration-delivery',
      'monitoring-logging',
      'networking',
      'security',
      'storage',
      'streaming-messaging',
    ]).toContain(annotation('category'));
    const { license } = JSON.parse(readFileSync(join(CHART, '../package.json'), 'utf8'));
    expect(annotation('license')).toBe(license);
  });

  test('are booleans where required, and mark a version below 1.0.0 as a prerelease', () => {
    expect(['true', 'false']).toContain(annotation('containsSecurityUpdates'));
    expect(annotation('prerelease')).toBe(String(chart.version.startsWith('0.')));
  });

  test('describe changes of known kinds', () => {
    for (const { kind, description } of list('changes')) {
      expect(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']).toContain(kind);
      expect(description).toMatch(/./);
    }
    expect(list('changes').length).toBeGreaterThan(0);
  });

  test('name the images that the chart runs by default', () => {
    const images = list('images').map(({ name, image }) => {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      return image;
    });
    const sso = { enabled: true, publicUrl: 'https://a.example', clientId: 'mlflow', existingSecret: 's' };
    const objects = render({ ...REQUIRED, sso });
    const run = objects
      .filter(({ kind }) => kind === 'Deployment')
      .flatMap(({ spec }) => spec.template.spec.containers.map(({ image }: { image: string }) => image));
    expect([...new Set(run)].sort()).toEqual(images.sort());
  });
});

test('helm lint reports nothing with minimal values', () => {
  const said = helm(['lint', '--strict', CHART, '--kube-version', KUBERNETES], REQUIRED);
  expect(said).toContain('0 chart(s) failed');
  expect(said).not.toMatch(/WARNING|ERROR|INFO/);
});
