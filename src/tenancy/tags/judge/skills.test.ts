import { describe, expect, it } from 'vitest';
import { callAbout } from '../../qualified-call.ts';
import type { TagsRuling } from '../../ruling.ts';
import { readRequest } from '../../testing/read-request.ts';
import { ALICE, TAGS_OPTIONS } from '../../testing/tags-options.ts';
import { TagsJudge } from './tags-judge.ts';

const judge = new TagsJudge(TAGS_OPTIONS);
const { kinds } = TAGS_OPTIONS;

const SKILLS = '/api/3.0/mlflow/skills';
const TOKEN = '0f5c6d1b9a7e4c1f8d2b3a4958671c20';

async function rulingOn(line: string, body?: object): Promise<TagsRuling> {
  return judge.judge({ principal: ALICE, tenant: 'team-a', request: await readRequest(line, body) });
}

const askedIn = ({ questions }: TagsRuling): unknown[] =>
  questions.map((question) =>
    'references' in question
      ? [question.ask, ...question.references.map(({ id }) => id)]
      : [question.ask, ...('reference' in question ? [question.reference.id] : [])],
  );

describe('a skill', () => {
  it.each([
    ['review', `GET ${SKILLS}/review`],
    ['@acme/review', `GET ${SKILLS}/@acme/review`],
    ['@acme/review', `DELETE ${SKILLS}/@acme/review/versions/1/tags/note`],
  ])('is named by its whole name: %s', async (id, line) => {
    expect(askedIn(await rulingOn(line))).toEqual([['owned', id]]);
  });

  it('is created before its first version, and again for each of several', async () => {
    expect(askedIn(await rulingOn(`POST ${SKILLS}/@acme/review/versions`, { status: 'draft' }))).toEqual([
      ['create-first', '@acme/review'],
      ['owned', '@acme/review'],
    ]);
    const several = await rulingOn(`POST ${SKILLS}/bulk-register`, {
      organization: 'acme',
      skills: [{ name: 'a' }, { name: 'b' }],
    });
    expect(askedIn(several)).toEqual([
      ['owned', '@acme/a', '@acme/b'],
      ['create-first', '@acme/a'],
      ['create-first', '@acme/b'],
    ]);
    expect(several.response).toMatchObject({
      rule: 'tag-created',
      created: { chosen: [{ id: '@acme/a' }, { id: '@acme/b' }] },
    });
  });

  it('gives the answer to its own lookup, with and without an organisation, no second lookup', async () => {
    for (const line of [`GET ${SKILLS}/review`, `GET ${SKILLS}/@acme/review`]) {
      const { response, askedAgain } = await rulingOn(line);
      expect([response?.rule, askedAgain]).toEqual(['require-owner', undefined]);
    }
  });

  it('has operations of its own in an organisation', () => {
    const kind = kinds.get('skill');
    const named = (id: string) => {
      const { operation, values } = callAbout(kind, 'getSkill', 'name', id);
      return [operation.id, values];
    };
    expect(named('review')).toEqual(['getSkill', { name: 'review' }]);
    expect(named('@acme/review')).toEqual(['getOrganizationSkill', { organization: 'acme', name: 'review' }]);
    // The same operation takes both in its body.
    expect(callAbout(kind, 'createSkill', 'name', '@acme/review').operation.id).toBe('createSkill');
  });
});

describe('the files of a version', () => {
  const candidatesOf = async (path: string): Promise<unknown> => {
    const ruling = await rulingOn(`GET /api/2.0/mlflow-artifacts/artifacts/${path}`);
    const [question] = ruling.questions;
    return question?.ask === 'storage' && question.places[0]?.candidates.filter(({ kind }) => kind !== 'run');
  };

  it.each([
    [`skills/review/${TOKEN}/SKILL.md`, `mlflow-artifacts:/skills/review/${TOKEN}`],
    [`skills/@acme/review/${TOKEN}`, `mlflow-artifacts:/skills/@acme/review/${TOKEN}`],
  ])('belong to one upload: %s', async (path, id) => {
    expect(await candidatesOf(path)).toEqual([{ kind: 'skill-upload', id }]);
    expect(kinds.ownerOfFiles(kinds.get('skill-upload')!.files!, id)).toEqual({
      kind: 'skill',
      id: path.includes('@') ? '@acme/review' : 'review',
    });
  });

  it.each([
    'skills',
    'skills/review',
    'skills/@acme',
    'skills/@acme/review',
    `skills/review/${TOKEN}x`,
    `x/skills/review/${TOKEN}`,
    `skills/a/b/${TOKEN}`,
  ])('are nowhere else: %s', async (path) => {
    expect(await candidatesOf(path)).toEqual([]);
  });
});
