import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { LIMITS } from '../limits.ts';
import { OPERATIONS } from './generated/catalog.ts';
import { PathShapes } from './path-shape.ts';
import type { Operation } from './types.ts';

/** A small catalog, so that the templates do not depend on the operations of a version. */
const small = (...paths: string[]): Operation =>
  ({ paths, path: [{ name: 'artifact_path', rest: true }] }) as unknown as Operation;
const shapes = new PathShapes([
  small('/'),
  small('/api/2.0/mlflow/runs/get', '/ajax-api/2.0/mlflow/runs/get'),
  small('/api/2.0/mlflow/runs/delete-tag', '/ajax-api/2.0/mlflow/runs/delete-tag'),
  small('/api/2.0/mlflow/models/search', '/ajax-api/2.0/mlflow/models/{name}/versions'),
  small('/api/2.0/mlflow-artifacts/artifacts/{artifact_path}'),
  small('/api/3.0/mlflow/traces/{trace_id}/tags', '/api/3.0/mlflow/scorers/list'),
  small('/health'),
]);

describe('a path that the catalog lacks', () => {
  test.each([
    ['a new resource', '/api/3.0/mlflow/skills', '/api/3.0/mlflow/skills'],
    ['its parts', '/api/3.0/mlflow/skills/my-skill/versions/3', '/api/3.0/mlflow/skills/{}/versions/{}'],
    ['neighbouring values', '/api/3.0/mlflow/skills/@org/mine/7', '/api/3.0/mlflow/skills/{}'],
    ['a new version of the API', '/api/4.0/mlflow/skills', '/api/4.0/mlflow/skills'],
    ['a verb of known words', '/api/2.0/mlflow/runs/search', '/api/2.0/mlflow/runs/search'],
    ['known words joined', '/api/2.0/mlflow/runs/getTags', '/api/2.0/mlflow/runs/getTags'],
    ['a name at the place of a verb', '/api/2.0/mlflow/runs/payroll', '/api/2.0/mlflow/runs/{}'],
    ['a name at the place of a parameter', '/api/3.0/mlflow/traces/search', '/api/3.0/mlflow/traces/{}'],
    ['a name before a new word', '/api/3.0/mlflow/traces/a/payroll', '/api/3.0/mlflow/traces/{}'],
    ['artifacts', '/api/2.0/mlflow-artifacts/artifacts/a/search/c', '/api/2.0/mlflow-artifacts/artifacts/{}'],
    ['another server’s path', '/wp-admin/setup.php', '/{}'],
    ['a tenant before a known path', '/team-a/health', '/{}'],
    ['an id as a resource', '/api/2.0/mlflow/0f5c6d1b9a7e', '/api/2.0/mlflow/{}'],
    ['an encoded word', '/api/2.0/mlflow/%73kills', '/api/2.0/mlflow/{}'],
    ['a long word', `/api/2.0/mlflow/${'a'.repeat(25)}`, '/api/2.0/mlflow/{}'],
    ['capitals', '/api/2.0/mlflow/SKILLS', '/api/2.0/mlflow/{}'],
  ])('%s', (_, path, template) => {
    expect(shapes.of(path)).toBe(template);
  });

  it('has one new word at most', () => {
    expect(shapes.of('/api/2.0/mlflow/alpha/beta/gamma')).toBe('/api/2.0/mlflow/alpha/{}');
  });
});

describe('with the whole catalog', () => {
  const whole = new PathShapes(OPERATIONS);
  const secrets = [
    () => randomUUID(),
    () => randomBytes(16).toString('hex'),
    () => randomBytes(24).toString('base64url'),
    () => `${Math.floor(Math.random() * 1e12)}`,
    () => `eyJ${randomBytes(90).toString('base64url')}`,
    () => `user-${randomBytes(3).toString('hex')}1@example.com`,
    () => `name%20${randomBytes(4).toString('hex')}`,
  ];
  const templates = OPERATIONS.flatMap(({ paths }) => paths);

  it('keeps only words: no id, number or token at any place of any path', () => {
    for (const template of templates) {
      const segments = template.slice(1).split('/');
      for (const make of secrets) {
        const secret = make();
        for (let at = 0; at <= segments.length; at++) {
          const filled = segments.toSpliced(at, at % 2, secret).map((one) => one.replace(/\{\w+\}/, secret));
          const out = whole.of(`/${filled.join('/')}`);
          expect(out).not.toContain(secret);
          expect(out).toMatch(/^\/(?:(?:\{\}|[A-Za-z0-9.:_-]+)(?:\/|$))*$/);
        }
      }
    }
  });

  it('keeps no name that a caller chooses, even one of plain letters, at the place of a parameter', () => {
    for (const template of templates.filter((one) => one.includes('{'))) {
      const path = `${template.replaceAll(/\{\w+\}/g, 'payroll')}/payroll`;
      expect(whole.of(path), template).not.toContain('payroll');
    }
  });

  it('is limited in length, whatever is sent', () => {
    const longest = Math.max(...templates.flatMap((one) => one.split('/')).map(({ length }) => length));
    const limit =
      LIMITS.unknownPathSegments.value * (Math.max(longest, 2 * LIMITS.unknownPathWord.value) + 1);
    for (const path of ['/'.repeat(16_000), '/mlflow/x'.repeat(2_000), `/${'a'.repeat(16_000)}`])
      expect(whole.of(path).length).toBeLessThanOrEqual(limit);
  });

  it('names the resource of each path below a mount', () => {
    expect(whole.resourceOf('/ajax-api/3.0/mlflow/skills/{}/versions')).toEqual({
      words: ['skills'],
      rest: ['{}', 'versions'],
    });
    expect(whole.resourceOf('/api/3.0/mlflow/skills')?.words).toEqual(['skills']);
    expect(whole.resourceOf('/api/3.0')).toBeUndefined();
  });
});
