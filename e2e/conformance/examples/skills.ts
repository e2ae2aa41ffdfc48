import type { Values } from '../../harness/requests/operations.ts';
import type { Family } from '../../harness/world/family.ts';
import { ORGANIZATION } from '../../harness/world/resources.ts';
import type { Example, Examples } from './example.ts';

const note = (f: Family): { key: string; value: string } => ({ key: 'new', value: f.text('tag') });
const git = (f: Family): Record<string, unknown> => ({
  source_type: 'git',
  source: `https://git.example.com/${f.owner.marker}.git`,
  digest: '0'.repeat(64),
});
const version = { path: { version: '1' } };

/** The operations about one skill, by the part of their name that a skill in an organisation changes. */
const EACH: Readonly<Record<string, Example>> = {
  'create*SkillVersion': { spends: true, values: (f) => ({ body: git(f) }) },
  'delete*Skill': {},
  'delete*SkillAlias': { values: () => ({ path: { alias: 'stable' } }) },
  'delete*SkillTag': { values: () => ({ path: { key: 'note' } }) },
  'delete*SkillVersion': { values: () => version },
  'delete*SkillVersionTag': { values: () => ({ path: { version: '1', key: 'note' } }) },
  'get*Skill': {},
  'get*SkillVersion': { values: () => version },
  'get*SkillVersionByAlias': { values: () => ({ path: { alias: 'stable' } }) },
  'search*SkillVersions': {},
  'set*SkillAlias': { values: () => ({ body: { alias: 'new', version: 1 } }) },
  'set*SkillTag': { values: (f) => ({ body: note(f) }) },
  'set*SkillVersionTag': { values: (f) => ({ ...version, body: note(f) }) },
  'update*Skill': { values: (f) => ({ body: { description: f.text('description') } }) },
  'update*SkillVersion': { spends: true, values: () => ({ ...version, body: { status: 'active' } }) },
};

/** Skills, with and without an organisation. */
export const SKILLS: Examples = {
  bulkRegisterSkills: {
    values: (f) => ({ body: { skills: [{ ...git(f), name: f.name('skill') }] } }),
  },
  createSkill: { values: (f) => ({ body: { name: f.name('skill'), description: f.text('description') } }) },
  searchSkills: {},
  ...Object.fromEntries(
    Object.entries(EACH).flatMap(([id, example]) => [
      [id.replace('*', ''), example],
      [id.replace('*', 'Organization'), inOrganization(example)],
    ]),
  ),
};

function inOrganization(example: Example): Example {
  return {
    ...example,
    values: async (f) => {
      const values: Values = (await example.values?.(f)) ?? {};
      return { ...values, path: { ...values.path, organization: ORGANIZATION } };
    },
  };
}
