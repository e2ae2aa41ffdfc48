import { describe, expect, it } from 'vitest';
import { operationById } from '../mlflow/call.ts';
import { nameJoin, qualify, splitName } from './qualified-name.ts';
import type { FieldUse } from './types.ts';

const use = (policy: FieldUse['policy'], value: string, at: string = policy.class): FieldUse => ({
  policy,
  at,
  value,
});
const REFERENCE = { class: 'reference', kind: 'skill', workspaces: 'upstream' } as const;
const NEW = { class: 'new-name', kind: 'skill' } as const;
const ORGANIZATION = { class: 'qualifier', kind: 'skill' } as const;
const idsOf = (uses: readonly FieldUse[] | undefined) => uses?.map(({ value }) => value);
const reasonOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return (error as { reason?: string }).reason ?? error;
  }
};

it('writes and reads an id with and without a qualifier', () => {
  expect(qualify('', 'a')).toBe('a');
  expect(qualify('acme', 'a')).toBe('@acme/a');
  expect(splitName('@acme/a')).toEqual({ qualifier: 'acme', name: 'a' });
  for (const id of ['a', '@acme', '@acme/', '@/a', 'com.example/a']) expect(splitName(id)).toBe(undefined);
});

describe('nameJoin', () => {
  const join = (id: string) => nameJoin(operationById(id))!;

  it('joins a name in the path with the organisation in the path', () => {
    const { head } = join('getOrganizationSkill');
    const uses = [use(ORGANIZATION, 'acme'), use(REFERENCE, 'a')];
    expect(idsOf(head(uses, { organization: 'acme', name: 'a' }))).toEqual(['@acme/a']);
    expect(idsOf(join('getSkill').head([use(REFERENCE, 'a')], { name: 'a' }))).toEqual(['a']);
  });

  it('joins names in the body with the organisation in the body', () => {
    const names = [use(NEW, 'a'), use(NEW, 'b')];
    expect(idsOf(join('bulkRegisterSkills').body([...names, use(ORGANIZATION, 'acme')], {}))).toEqual([
      '@acme/a',
      '@acme/b',
    ]);
    expect(idsOf(join('createSkill').body([use(NEW, 'a'), use(ORGANIZATION, '')], {}))).toEqual(['a']);
  });

  it('joins a repeated name in the body with the organisation of the path', () => {
    const { body } = join('createOrganizationSkillVersion');
    const path = { organization: 'acme', name: 'a' };
    expect(idsOf(body([use(NEW, 'a')], path))).toEqual(['@acme/a']);
    expect(idsOf(body([use(NEW, 'a'), use(ORGANIZATION, 'acme')], path))).toEqual(['@acme/a']);
    expect(reasonOf(() => body([use(ORGANIZATION, 'other')], path))).toBe('invalid_field');
    expect(reasonOf(() => body([use(ORGANIZATION, '')], path))).toBe('invalid_field');
    const plain = join('createSkillVersion');
    expect(reasonOf(() => plain.body([use(ORGANIZATION, 'acme')], { name: 'a' }))).toBe('invalid_field');
    expect(idsOf(plain.body([use(ORGANIZATION, '')], { name: 'a' }))).toEqual([]);
  });

  it('refuses a name or an organisation that looks like both', () => {
    const { body } = join('createSkill');
    for (const name of ['@acme/a', 'acme/a', 'a@b'])
      expect(reasonOf(() => body([use(NEW, name)], {}))).toBe('invalid_field');
    for (const organization of ['@acme', 'acme/a'])
      expect(reasonOf(() => body([use(NEW, 'a'), use(ORGANIZATION, organization)], {}))).toBe(
        'invalid_field',
      );
  });

  it('leaves operations without such names alone', () => {
    expect(nameJoin(operationById('getRun'))).toBe(undefined);
    expect(nameJoin(operationById('getMcpServer'))).toBe(undefined);
  });
});
