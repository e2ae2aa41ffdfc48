import { expect, test } from 'vitest';
import { createRoles } from '../../rbac/roles.ts';
import { parseIdentityFile } from './identity-file.ts';
import { IdentityFileError } from './identity-file-error.ts';

const roles = createRoles({ viewerAliases: ['ml-readers'] });
const PATH = '/etc/gateway/identity.yaml';

function parse(text: string, tables: Readonly<Record<string, string>> = {}) {
  return parseIdentityFile(text, {
    path: PATH,
    roles,
    readTable: (path) => {
      const table = tables[path];
      if (table === undefined) throw new Error('there is no such file');
      return table;
    },
  });
}

function problems(text: string, tables: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    parse(text, tables);
  } catch (error) {
    if (error instanceof IdentityFileError) return error.problems;
    throw error;
  }
  return [];
}

/** A file with one issuer, whose fields are valid but for those given (YAML, two blanks deeper). */
function issuer(...lines: readonly string[]): string {
  const own = lines.map((line) => /^\w+/.exec(line)?.[0]);
  const usual = [
    'issuer: https://idp.example.com',
    'audience: [mlflow]',
    'grants: [{ tenantClaim: tenant_id, roleClaims: [roles] }]',
  ].filter((line) => !own.includes(line.slice(0, line.indexOf(':'))));
  return `issuers:\n  - ${[...usual, ...lines].join('\n').replaceAll('\n', '\n    ')}\n`;
}

const grant = (rule: string): string => issuer(`grants: [${rule}]`);

test('the smallest issuer has the documented defaults', () => {
  expect(parse(issuer())).toEqual({
    issuers: [
      {
        issuer: 'https://idp.example.com',
        audience: ['mlflow'],
        keys: { from: 'discovery' },
        algorithms: ['RS256'],
        clockToleranceMs: 30_000,
        subjectClaim: 'sub',
        grants: [{ kind: 'tenant-claim', claim: 'tenant_id', roleClaims: ['roles'], list: false }],
      },
    ],
    tableFiles: [],
    warnings: [],
  });
});

test('every field is read', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', kid: '1', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
  const { issuers } = parse(
    issuer(
      `keys: { jwks: { keys: [${JSON.stringify(jwk)}] } }`,
      'algorithms: [ES256, EdDSA]',
      'clockToleranceSeconds: 12.5',
      'subject: preferred_username',
      'platformAdmins: { claims: [roles], values: [root] }',
      'introspection: { uri: "https://idp.example.com/i", clientId: gw, clientSecretFile: secret, cacheSeconds: 5 }',
    ),
  );
  expect(issuers[0]).toMatchObject({
    keys: { from: 'inline', jwks: { keys: [jwk] } },
    algorithms: ['ES256', 'EdDSA'],
    clockToleranceMs: 12_500,
    subjectClaim: 'preferred_username',
    platformAdmins: { claims: ['roles'], values: ['root'] },
    introspection: {
      uri: 'https://idp.example.com/i',
      clientId: 'gw',
      clientSecretFile: '/etc/gateway/secret',
      cacheSeconds: 5,
    },
  });
});

test('the issuer kubernetes takes its name and keys from the cluster', () => {
  const [cluster] = parse(issuer('issuer: kubernetes')).issuers;
  expect(cluster).toMatchObject({ issuer: undefined, keys: { from: 'cluster' } });
  expect(problems(issuer('issuer: kubernetes', 'keys: discovery'))).toEqual([
    expect.stringMatching(/^issuers\[0\]\.keys: must be cluster for the issuer kubernetes/),
  ]);
});

test.each<[string, string, object]>([
  [
    'a list of tenants',
    '{ tenantClaim: t, roleClaims: [r], tenants: list }',
    { kind: 'tenant-claim', list: true },
  ],
  [
    'a pattern with a role',
    '{ groups: groups, pattern: "mlflow-{tenant}-{role}" }',
    { kind: 'group-pattern', claim: 'groups', pattern: 'mlflow-{tenant}-{role}' },
  ],
  [
    'a pattern without a role',
    '{ groups: groups, pattern: "/teams/{tenant}", role: ml-readers }',
    { kind: 'group-pattern', role: 'ml-readers' },
  ],
  [
    'a table',
    '{ groups: g, table: { "0b": { tenant: a, role: viewer }, x: [{ tenant: a, role: admin }, { tenant: b, role: viewer }] } }',
    {
      kind: 'group-table',
      table: new Map([
        ['0b', [{ tenant: 'a', role: 'viewer' }]],
        [
          'x',
          [
            { tenant: 'a', role: 'admin' },
            { tenant: 'b', role: 'viewer' },
          ],
        ],
      ]),
    },
  ],
  [
    'namespaces',
    '{ namespace: { tenants: { ml-vision: vision }, pattern: "ml-{tenant}", role: viewer, accounts: { ml-vision/trainer: admin } } }',
    {
      kind: 'namespace',
      tenants: new Map([['ml-vision', 'vision']]),
      pattern: 'ml-{tenant}',
      role: 'viewer',
      accounts: new Map([['ml-vision/trainer', 'admin']]),
    },
  ],
  [
    'a pattern over a claim',
    '{ claim: sub, pattern: "repo:acme/{tenant}:*", role: contributor, where: { ref_protected: "true" } }',
    { kind: 'claim-pattern', role: 'contributor', where: new Map([['ref_protected', 'true']]) },
  ],
  [
    'a fixed tenant for a claim',
    '{ claim: project_path, pattern: acme/vision, tenant: vision, role: viewer }',
    { kind: 'claim-pattern', tenant: 'vision' },
  ],
])('a grant rule may be %s', (_what, rule, expected) => {
  expect(parse(grant(rule)).issuers[0]?.grants[0]).toMatchObject(expected);
});

test('a table file is read once, from the folder of the identity file', () => {
  const rule = '{ groups: groups, tableFile: groups.json }';
  const table = '{"0b1c":{"tenant":"vision","role":"viewer"}}';
  const { issuers, tableFiles } = parse(
    issuer(`grants: [${rule}, { groups: roles, tableFile: ./groups.json }]`),
    {
      '/etc/gateway/groups.json': table,
    },
  );
  expect(tableFiles).toEqual(['/etc/gateway/groups.json']);
  expect(issuers[0]?.grants[0]).toMatchObject({
    table: new Map([['0b1c', [{ tenant: 'vision', role: 'viewer' }]]]),
  });
});

test('a wrong table file is reported under the rule that names it', () => {
  const file = grant('{ groups: groups, tableFile: groups.yaml }');
  expect(problems(file)).toEqual([
    'issuers[0].grants[0].tableFile "groups.yaml": cannot be read: there is no such file',
  ]);
  expect(problems(file, { '/etc/gateway/groups.yaml': 'a: { tenant: 0123, rol: viewer }' })).toEqual([
    expect.stringMatching(
      /^issuers\[0\]\.grants\[0\]\.tableFile "groups.yaml": a\.tenant: is 0123, which YAML/,
    ),
    expect.stringContaining('a.rol: is not a field. Did you mean role?'),
    expect.stringContaining('a.role: is required'),
  ]);
});

test.each<[string, string, RegExp]>([
  ['an unknown field of the file', 'issuer: []', /^issuer: is not a field\. Did you mean issuers\?$/],
  [
    'an unknown field',
    issuer('audiences: [x]'),
    /^issuers\[0\]\.audiences: is not a field\. Did you mean audience\?$/,
  ],
  [
    'a field in another letter case',
    issuer('Algorithms: [RS256]'),
    /Algorithms: is not a field\. Did you mean algorithms\?/,
  ],
  [
    'a misspelt rule',
    grant('{ group: g, pattern: "x-{tenant}", role: viewer }'),
    /\.group: is not a field\. Did you mean groups\?/,
  ],
  [
    'a rule of two kinds',
    grant('{ groups: g, pattern: "x-{tenant}", table: {} }'),
    /^issuers\[0\]\.grants\[0\]: must have exactly one of: tenantClaim; or groups and pattern;/,
  ],
  ['groups without a rule', grant('{ groups: g }'), /must have exactly one of: .*, and has groups$/],
  [
    'an issuer without an audience',
    'issuers: [{ issuer: "https://a", grants: [{ tenantClaim: t, roleClaims: [r] }] }]',
    /^issuers\[0\]\.audience: is required$/,
  ],
  [
    'text for a list',
    issuer('audience: mlflow'),
    /^issuers\[0\]\.audience: must be a list, and is text\. Write \[mlflow\]$/,
  ],
  ['an empty list', issuer('audience: []'), /audience: must have at least one value/],
  [
    'a number for text',
    issuer('audience: [123]'),
    /audience\[0\]: must be text, and is the number 123\. Write it in quotes, "123"/,
  ],
  ['a word of YAML for text', issuer('audience: [true]'), /must be text, and is the word true/],
  ['no value', issuer('subject:'), /^issuers\[0\]\.subject: must be text, and is empty$/],
  [
    'text for a number',
    issuer('clockToleranceSeconds: "30"'),
    /clockToleranceSeconds: must be a number, and is text$/,
  ],
  [
    'a number out of range',
    issuer('clockToleranceSeconds: 301'),
    /is "301" but must be a number of seconds from 0 to 300/,
  ],
  [
    'a symmetric algorithm',
    issuer('algorithms: [HS256]'),
    /algorithms\[0\]: is "HS256" but must name only RS256/,
  ],
  [
    'a URL with a password',
    issuer('keys: { uri: "https://u:p@idp.example.com" }'),
    /keys\.uri: .*must not carry a user name or password/,
  ],
  ['a word that is no source of keys', issuer('keys: jwks'), /keys: must be discovery or cluster/],
  [
    'two sources of keys',
    issuer('keys: { uri: "https://a", jwks: {} }'),
    /keys: must have exactly one of: uri; or jwks, and has uri and jwks/,
  ],
  [
    'a private key',
    issuer('keys: { jwks: { keys: [{ kty: OKP, crv: Ed25519, x: AA, d: AA }] } }'),
    /keys\.jwks: must hold public keys only/,
  ],
  [
    'a key with a number',
    issuer('keys: { jwks: { keys: [{ kty: RSA, kid: 1 }] } }'),
    /keys\.jwks: has a number/,
  ],
  [
    'an issuer that cannot be discovered',
    issuer('issuer: accounts.example.com'),
    /issuer: must be an http\(s\) URL .* for its keys to be discovered/,
  ],
  ['a claim that is no pointer', issuer('subject: /a~b'), /subject: .*must be a claim name/],
  [
    'a role that does not exist',
    grant('{ groups: g, pattern: "x-{tenant}", role: viwer }'),
    /^issuers\[0\]\.grants\[0\]\.role: "viwer" is no role/,
  ],
  [
    'a tenant with other characters',
    grant('{ groups: g, table: { x: { tenant: a b, role: viewer } } }'),
    /table\["x"\].tenant: "a b" is not a tenant/,
  ],
  [
    'an ambiguous pattern',
    grant('{ groups: g, pattern: "{tenant}{role}" }'),
    /^issuers\[0\]\.grants\[0\]\.pattern: needs text between/,
  ],
  [
    'a value that is also a role',
    issuer('platformAdmins: { claims: [roles], values: [ml-readers] }'),
    /platformAdmins\.values\[0\]: already means viewer/,
  ],
])('%s is refused', (_what, text, problem) => {
  const found = problems(text);
  expect(found.filter((line) => problem.test(line))).toHaveLength(1);
});

test.each<[string, string, string]>([
  ['an alias', 'a: *b', 'a: is the alias *b. Write the value out'],
  ['an anchor', 'a: &b c', 'a: has the anchor &b. Remove it'],
  ['a tag', 'a: !!str 1', 'a: has the tag "tag:yaml.org,2002:str". Remove it'],
  ['a tag of a list', 'a: !x []', 'a: has the tag "!x". Remove it'],
  ['a merge key', '<<: { a: b }', '<< is a merge key. Write the fields out'],
  ['a repeated key', 'a: b\na: b', 'a: is written twice'],
  ['a key that is a number', '1: a', 'the key 1 is not text. Write it in quotes, "1", if it is text'],
  [
    'a key that is a word of YAML',
    'on: a',
    'the key on is not text. Write it in quotes, "on", if it is text',
  ],
  ['a key that is a list', '? [a]\n: b', 'has a key that is not text'],
  ['a second document', 'a: b\n---\na: b', 'holds several documents (---). Write one'],
  ['a directive', '%YAML 1.1\n---\na: b', 'has the directive "%YAML 1.1". Remove it'],
  ['an empty file', '# nothing\n', 'is empty'],
  [
    'no YAML',
    'a: b\nc: [d\n',
    'is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] (line 3)',
  ],
  ['a repeated key of JSON', '{"a":1,"\\u0061":2}', 'holds the same key twice in one object'],
  ['JSON with a comma too many', '{"a":1,}', 'is not valid JSON (RFC 8259)'],
  ['deep lists', `a: ${'['.repeat(40)}${']'.repeat(40)}`, 'is nested deeper than 32 levels'],
  ['deep lists of blocks', `a:\n${'- '.repeat(100_000)}`, 'is nested deeper than 32 levels'],
  ['deep JSON', `{"a":${'['.repeat(100_000)}`, 'is nested deeper than 100 levels'],
  [
    'too many signs',
    '- a\n'.repeat(40_000),
    'has more than 100000 words and signs of YAML. Write it as JSON',
  ],
  ['too many values', `{"a":[${'1,'.repeat(400_000)}1]}`, 'holds more than 400000 values and keys'],
  ['more than 1 MiB', `# ${'x'.repeat(1_048_576)}`, 'is larger than 1048576 bytes of YAML'],
])('%s is refused as a whole, or at its place', (_what, text, problem) => {
  expect(problems(text)).toContain(problem);
});

test.each([
  'on',
  'No',
  'y',
  '~',
  'TRUE',
  '0123',
  '0o17',
  '0x1F',
  '0b11',
  '1_000',
  '1e3',
  '1.',
  '.5',
  '+1',
  '01',
  '1.10',
  '12:30',
  '.inf',
  '.NaN',
  '2026-11-27',
  '123e4567',
  '12345678901234567890',
])('%s without quotes is refused where text could be, with what to write', (value) => {
  expect(problems(issuer(`subject: ${value}`))[0]).toBe(
    `issuers[0].subject: is ${value}, which YAML reads in more than one way. Write it in quotes, "${value}", if it is text`,
  );
  expect(parse(issuer(`subject: "${value}"`)).issuers[0]?.subjectClaim).toBe(value);
});

test('all problems of the file are listed together', () => {
  const text = `${issuer('audience: mlflow', 'algorithms: [none]', 'grants: [{ groups: g, pattern: "{tenant}", role: x }, { tenantClaim: 1 }]')}  - { issuer: "https://b" }\n`;
  expect(problems(text).map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual([
    'issuers[0].audience',
    'issuers[0].algorithms[0]',
    'issuers[0].grants[0].role',
    'issuers[0].grants[1].tenantClaim',
    'issuers[0].grants[1].roleClaims',
    'issuers[1].audience',
    'issuers[1].grants',
  ]);
});

test('a long list of problems is cut and counted', () => {
  const table = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`g${i}`, { tenant: 'a' }]));
  const found = problems(
    JSON.stringify({
      issuers: [{ issuer: 'https://a', audience: ['m'], grants: [{ groups: 'g', table }] }],
    }),
  );
  expect(found).toHaveLength(51);
  expect(found.at(-1)).toBe('150 more problems are not listed');
});

test('an issuer stands in the file once', () => {
  const [one] = issuer().split('issuers:\n').slice(1);
  expect(problems(`issuers:\n${one}${one}`)).toEqual([
    'issuers[1].issuer: is the issuer of issuers[0] too. Write one issuer with the grants of both',
  ]);
});

test('only one issuer has introspection', () => {
  const introspection = { uri: 'https://a/i', clientId: 'c', clientSecretFile: 's' };
  const base = { audience: ['m'], grants: [{ tenantClaim: 't', roleClaims: ['r'] }], introspection };
  const text = JSON.stringify({
    issuers: [
      { issuer: 'https://a', ...base },
      { issuer: 'https://b', ...base },
    ],
  });
  expect(problems(text)).toEqual([
    expect.stringMatching(/^issuers\[1\]\.introspection: may be set for one issuer only/),
  ]);
});

const INTROSPECTION = 'introspection: { uri: "https://idp.example.com/i", clientId: c, clientSecretFile: s }';

test('an issuer that publishes no keys needs introspection', () => {
  expect(problems(issuer('keys: none'))).toEqual([
    'issuers[0].keys: is none, so introspection is required: nothing else accepts a token',
  ]);
  expect(parse(issuer('keys: none', INTROSPECTION)).issuers[0]).toMatchObject({
    keys: { from: 'none' },
    introspection: { clientId: 'c' },
  });
});

test.each([
  ['of the own cluster', issuer('issuer: kubernetes', INTROSPECTION)],
  [
    'of another cluster',
    issuer(INTROSPECTION, 'grants: [{ namespace: { pattern: "ml-{tenant}", role: viewer } }]'),
  ],
])('introspection is refused for service accounts %s', (_which, text) => {
  expect(problems(text)).toEqual([
    expect.stringMatching(/^issuers\[0\]\.introspection: is not possible for service accounts/),
  ]);
});

test('a file has at most 16 issuers', () => {
  const issuers = Array.from({ length: 17 }, (_, i) => ({
    issuer: `https://${i}.example.com`,
    audience: ['m'],
    grants: [{ tenantClaim: 't', roleClaims: ['r'] }],
  }));
  expect(problems(JSON.stringify({ issuers }))).toEqual(['issuers: has 17 values, and may have at most 16']);
  expect(parse(JSON.stringify({ issuers: issuers.slice(1) })).issuers).toHaveLength(16);
});

test('tables have at most 50,000 entries together', () => {
  const half = JSON.stringify(
    Object.fromEntries(
      Array.from({ length: 25_001 }, (_, i) => [`group-${i}`, { tenant: 'a', role: 'viewer' }]),
    ),
  );
  const file = issuer('grants: [{ groups: g, tableFile: a.json }, { groups: h, tableFile: b.json }]');
  expect(problems(file, { '/etc/gateway/a.json': half, '/etc/gateway/b.json': half })).toEqual([
    'has 50002 entries in tables of groups, and may have at most 50000',
  ]);
});

test('a key named __proto__ is a key like any other', () => {
  const table = '{"__proto__":{"tenant":"a","role":"viewer"}}';
  const file = grant('{ groups: g, tableFile: t.json }');
  expect(parse(file, { '/etc/gateway/t.json': table }).issuers[0]?.grants[0]).toMatchObject({
    table: new Map([['__proto__', [{ tenant: 'a', role: 'viewer' }]]]),
  });
  expect(problems('{"__proto__":{},"issuers":[]}')[0]).toMatch(/^__proto__: is not a field/);
});

test('keys over plain http from elsewhere are a warning', () => {
  expect(parse(issuer('issuer: http://idp.example.com')).warnings).toEqual([
    expect.stringMatching(/^issuers\[0\]\.issuer is fetched over plain http/),
  ]);
  expect(parse(issuer('issuer: http://127.0.0.1:9000')).warnings).toEqual([]);
});

test('JSON and YAML of the same issuers are read alike', () => {
  const json = {
    issuers: [
      {
        issuer: 'https://a',
        audience: ['m'],
        clockToleranceSeconds: 5,
        grants: [{ groups: 'g', pattern: '{tenant}/{role}' }],
      },
    ],
  };
  const yaml =
    'issuers:\n- issuer: https://a # the first\n  audience: [m]\n  clockToleranceSeconds: 5\n  grants:\n    - groups: g\n      pattern: "{tenant}/{role}"\n';
  expect(parse(yaml)).toEqual(parse(JSON.stringify(json)));
  expect(parse(JSON.stringify(json, null, '\t'))).toEqual(parse(yaml));
});

test('a pattern that lets strangers choose the tenant is refused for a public issuer', () => {
  const of = (pattern: string) =>
    problems(
      issuer(
        'issuer: https://token.actions.githubusercontent.com',
        `grants: [{ claim: sub, pattern: "${pattern}", role: viewer }]`,
      ),
    );
  expect(of('repo:acme/{tenant}:ref:refs/heads/main')).toEqual([]);
  expect(of('repo:{tenant}/ml:ref:refs/heads/main')).toEqual([
    expect.stringMatching(
      /^issuers\[0\]\.grants\[0\]\.pattern: lets strangers choose the tenant: .+ organization/,
    ),
  ]);
});

test.each([
  'https://login.microsoftonline.com/common/v2.0',
  'https://login.microsoftonline.com/organizations/v2.0',
  'https://login.microsoftonline.com/{tenantid}/v2.0',
  'https://sts.windows.net/common/',
])('%s is refused, since no token of Entra ID names it', (name) => {
  expect(problems(issuer(`issuer: "${name}"`))).toEqual([
    expect.stringMatching(/^issuers\[0\]\.issuer: names no directory of Entra ID/),
  ]);
});
