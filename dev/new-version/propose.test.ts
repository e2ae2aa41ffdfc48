import { describe, expect, it } from 'vitest';
import type { PolicyEntry } from '../../codegen/policy/read.ts';
import { Proposer } from './propose.ts';
import { shapeOf, siblingOf, singular, templateOf } from './siblings.ts';
import type { Place, SurveyedOperation } from './survey.ts';

function operation(
  id: string,
  group: string,
  places: readonly (string | Place)[] = [],
  method = 'POST',
): SurveyedOperation {
  const all = places.map(
    (one): Place => (typeof one === 'string' ? { place: one, at: 'body', type: 'string' } : one),
  );
  return { id, method, path: `/${id}`, group, places: all };
}

const POLICY: readonly [SurveyedOperation, PolicyEntry['policy']][] = [
  [
    operation('createMcpServer', 'mcp-servers'),
    {
      permission: 'mcp-servers:write',
      workspaces: 'pin',
      tags: 'references',
      fields: { name: 'new-name:mcp-server' },
      tagsAfter: { operation: 'x', field: 'name' },
    },
  ],
  [
    operation('getMcpServer', 'mcp-servers', [], 'GET'),
    {
      permission: 'mcp-servers:read',
      workspaces: 'pin',
      tags: 'references',
      fields: { name: 'reference:mcp-server' },
    },
  ],
  [
    operation('searchMcpServers', 'mcp-servers', [], 'GET'),
    {
      permission: 'mcp-servers:read',
      workspaces: 'pin',
      tags: 'search',
      fields: { filter_string: 'filter:mcp-servers', page_token: 'opaque' },
    },
  ],
  [
    operation('setMcpServerTag', 'mcp-servers'),
    {
      permission: 'mcp-servers:write',
      workspaces: 'pin',
      tags: 'references',
      fields: { name: 'reference:mcp-server', key: 'tag-key:mcp-server' },
    },
  ],
  [
    operation('getRun', 'runs', [], 'GET'),
    { permission: 'runs:read', workspaces: 'pin', tags: 'references', fields: { run_id: 'reference:run' } },
  ],
  [
    operation('logBatch', 'runs'),
    {
      permission: 'runs:write',
      workspaces: 'pin',
      tags: 'references',
      fields: { run_id: 'reference:run', 'params[].key': 'opaque' },
    },
  ],
];

function proposer(): Proposer {
  return new Proposer(
    new Map(POLICY.map(([one]) => [one.id, one])),
    POLICY.map(([{ id, group }, policy]) => ({ id, file: `openapi/policy/${group}.yaml`, policy })),
    { run: { lookup: {} }, 'mcp-server': { lookup: {} }, assessment: {} },
  );
}

const values = (fields: readonly { place: string; value: string }[]): Record<string, string> =>
  Object.fromEntries(fields.map(({ place, value }) => [place, value]));

describe('names of operations', () => {
  it('are compared without the name of their resource', () => {
    expect(singular('policies')).toBe('policy');
    expect(shapeOf('setMcpServerTag', 'mcp-servers')).toEqual(['set', '#', 'tag']);
    expect(shapeOf('searchMCPServers', 'mcp-servers')).toEqual(['search', '#']);
    expect(shapeOf('createOrganizationSkillVersion', 'skills')).toEqual([
      'create',
      'organization',
      '#',
      'version',
    ]);
  });

  it('find the group that a new group resembles, and no group below two operations', () => {
    const known = POLICY.map(([one]) => one);
    const skills = ['createSkill', 'setSkillTag'].map((id) => operation(id, 'skills'));
    expect(templateOf('skills', skills, known)).toEqual({ group: 'mcp-servers', kind: 'mcp-server' });
    expect(templateOf('skills', skills.slice(1), known)).toBeUndefined();
  });

  it('find no sibling with another verb', () => {
    const known = POLICY.map(([one]) => one);
    expect(siblingOf(operation('purgeSkill', 'skills'), 'mcp-servers', known)).toBeUndefined();
    expect(siblingOf(operation('getSkill', 'skills'), 'mcp-servers', known)?.id).toBe('getMcpServer');
  });
});

describe('a new group', () => {
  const skills = [
    operation('createSkill', 'skills', ['name', 'organization']),
    operation('searchSkills', 'skills', ['filter_string', 'page_token'], 'GET'),
    operation('setSkillTag', 'skills', ['name', 'key']),
  ];

  it('takes permissions, rules and classes from the group that it resembles', () => {
    const propose = proposer();
    expect(propose.templateOf('skills', skills)?.group).toBe('mcp-servers');
    const [created, searched, tagged] = skills.map((one) => propose.newOperation(one));
    expect(created).toMatchObject({
      permission: { value: 'skills:write' },
      rules: {},
      notCopied: ['tagsAfter'],
    });
    expect(values(created!.fields)).toEqual({ name: 'new-name:skill', organization: '?' });
    expect(searched).toMatchObject({ permission: { value: 'skills:read' }, rules: { tags: 'search' } });
    expect(values(searched!.fields)).toEqual({ filter_string: '?', page_token: 'opaque' });
    expect(values(tagged!.fields)).toEqual({ name: 'reference:skill', key: 'tag-key:skill' });
    expect(propose.newKinds([created!, tagged!])).toEqual(['skill']);
    expect(propose.commonRules('skills')).toEqual({ workspaces: 'pin', tags: 'references' });
  });

  it('without a resemblance is for platform admins, by the verb of each operation', () => {
    const propose = proposer();
    const odd = [operation('rotateVault', 'vaults', ['x']), operation('frobnicate', 'vaults')];
    expect(propose.templateOf('vaults', odd)).toBeUndefined();
    expect(propose.commonRules('vaults')).toEqual({ workspaces: 'platform-admin', tags: 'platform-admin' });
    expect(odd.map((one) => propose.newOperation(one).permission?.value)).toEqual(['vaults:manage', '?']);
  });
});

describe('a new field', () => {
  const places: Place[] = [
    { place: 'run_id', at: 'body', type: 'string' },
    { place: 'page_token', at: 'query', type: 'string' },
    { place: 'verbose', at: 'query', type: 'boolean' },
    { place: 'limit', at: 'query', type: 'int64' },
    { place: 'parent_id', at: 'body', type: 'int64' },
    { place: 'assessment_ids[]', at: 'body', type: 'string' },
    { place: 'unheard_of', at: 'body', type: 'string' },
    { place: 'key', at: 'body', type: 'string' },
  ];
  const { fields } = proposer().newFields(operation('exportRuns', 'runs', places));

  it('has the class that all fields of its name have, a reference with a lookup', () => {
    expect(values(fields)).toMatchObject({ run_id: 'reference:run:lookup', page_token: 'opaque' });
  });

  it('is opaque if its type cannot hold an id', () => {
    expect(values(fields)).toMatchObject({ verbose: 'opaque', limit: 'opaque' });
  });

  it('is a reference if its name is that of a kind', () => {
    expect(values(fields)).toMatchObject({ 'assessment_ids[]': 'reference:assessment' });
  });

  it('is undecided if it is a text or an id with an unknown name', () => {
    expect(values(fields)).toMatchObject({ unheard_of: '?', parent_id: '?' });
  });

  it('follows its own group if its name has several classes, and shows all of them', () => {
    const key = fields.find(({ place }) => place === 'key');
    expect(key).toMatchObject({
      value: 'opaque',
      others: ['tag-key:mcp-server in 1: setMcpServerTag', 'opaque in 1: logBatch'],
    });
  });

  it('of each proposal states the consequence of an error', () => {
    expect(fields.filter(({ risk }) => risk === '')).toEqual([]);
  });
});
