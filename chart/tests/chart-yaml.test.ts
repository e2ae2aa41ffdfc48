/**
 * What Artifact Hub asks of a chart, from its own documentation of annotations, as `ah lint` checks it: the tool cannot be had where
 * these tests run. https://artifacthub.io/docs/topics/annotations/helm/
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

test('the chart can be found: description, icon, home, sources, maintainers, keywords, versions of Kubernetes', () => {
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

test('the icon is a picture of the repository, of a kind that browsers show', () => {
  const [, path] = /\/main\/(.*)$/.exec(chart.icon) ?? [];
  const file = join(CHART, '..', path!);
  expect(existsSync(file), file).toBe(true);
  expect(readFileSync(file, 'utf8')).toMatch(/^<svg [^>]*viewBox="0 0 (\d+) \1"/);
});

test('every address in the repository leads to a file that is there', () => {
  const urls = list('links').map(({ url }) => url!);
  for (const url of urls) {
    expect(isUrl(url), url).toBe(true);
    const [, path] = /\/blob\/main\/(.*)$/.exec(url) ?? [];
    if (path !== undefined) expect(existsSync(join(CHART, '..', path)), path).toBe(true);
  }
  expect(urls.every((url) => url.startsWith(chart.home))).toBe(true);
});

describe('annotations', () => {
  test('are texts, and only those that Artifact Hub knows', () => {
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

  test('name a category and a licence that exist', () => {
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

  test('say yes or no, and a version below 1.0.0 is no finished one', () => {
    expect(['true', 'false']).toContain(annotation('containsSecurityUpdates'));
    expect(annotation('prerelease')).toBe(String(chart.version.startsWith('0.')));
  });

  test('tell changes of kinds that exist', () => {
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

test('helm lint has nothing to say with the least values', () => {
  const said = helm(['lint', '--strict', CHART, '--kube-version', KUBERNETES], REQUIRED);
  expect(said).toContain('0 chart(s) failed');
  expect(said).not.toMatch(/WARNING|ERROR|INFO/);
});
