import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetch } from '../../dev/http.ts';
import { PROXY } from '../harness/mlflow-api.ts';
import { isBefore, mlflowVersion } from '../harness/mlflow-version.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';

/**
 * Skills of another tenant, by every way to reach one: its name, its name in an organisation, lists, uploads, and the files of an
 * upload. The name of a skill may change hands under `tags`, and MLflow may fail to delete the files of a deleted one.
 */

const SKILLS = '/api/3.0/mlflow/skills';
const ORGANIZATION = 'acme.tools';
const SECRET = 'the secret of the victim';
// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow's
type Json = any;

/** Older versions have no skills. */
const version = isBefore(mlflowVersion(), '3.18') ? '3.18.0' : mlflowVersion();
const [mine, theirs] = [unique('team'), unique('team')];
let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'skills-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A gzipped tar archive of a skill, made by `tar` itself. */
function archive(text: string, prepare?: (folder: string) => void): Buffer {
  const folder = mkdtempSync(join(dir, 'skill-'));
  mkdirSync(join(folder, 'scripts'));
  writeFileSync(join(folder, 'SKILL.md'), `---\nname: x\ndescription: x\n---\n${text}\n`);
  writeFileSync(join(folder, 'scripts/run.sh'), 'true\n');
  prepare?.(folder);
  return gzipSync(execFileSync('tar', ['-C', folder, '-cf', '-', '.']));
}

interface Part {
  readonly name: string;
  readonly content: string | Buffer;
  readonly filename?: string;
  readonly head?: string;
}

/** A form, written by hand so that it can be wrong. */
function form(parts: readonly Part[], { end = '', boundary = 'x7', type = '' } = {}) {
  const body = Buffer.concat([
    ...parts.flatMap(({ name, content, filename, head = '' }) => [
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${head}\r\n`,
      ),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n${end}`),
  ]);
  return {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}${type}` },
    body,
  };
}

const metadata = (fields: object = {}): Part => ({ name: 'metadata', content: JSON.stringify(fields) });
const content = (bytes: Buffer): Part => ({ name: 'content', content: bytes, filename: 'a.tar.gz' });
const upload = (as: Fetch, path: string, text: string, fields: object = {}): Promise<Response> =>
  as(`${SKILLS}/${path}/versions`, form([metadata(fields), content(archive(text))]));

describe.each([
  ['tags', false],
  ['workspaces', true],
] as const)('skills of another tenant, strategy %s', (strategy, workspaces) => {
  let stack: Stack;
  let attacker: Fetch;
  let owner: Fetch;
  /** Straight at MLflow, in the workspace of the owner. */
  let direct: Fetch;
  beforeAll(async () => {
    stack = await startStack({ auth: 'oidc', tenants: [mine, theirs], workspaces, mlflow: { version } });
    attacker = stack.as(mine, 'admin');
    owner = stack.as(theirs, 'admin');
    direct = stack.direct(workspaces ? theirs : undefined);
  });
  afterAll(() => stack?.stop());

  const json = async (response: Response): Promise<Json> => {
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return JSON.parse(text);
  };
  /** The victim's skill, with an uploaded version. @returns the path of its files in the artifact store */
  const victim = async (path: string): Promise<string> => {
    const { source } = await json(await upload(owner, path, SECRET));
    await json(await owner(`${SKILLS}/${path}/tags`, { json: { key: 'note', value: SECRET } }));
    await json(await owner(`${SKILLS}/${path}/aliases`, { json: { alias: 'stable', version: 1 } }));
    return source.replace('mlflow-artifacts:/', '');
  };
  const file = (as: Fetch, path: string) => as(`${PROXY}/${path}/SKILL.md`);
  const stateOf = async (path: string): Promise<Json> => [
    await json(await direct(`${SKILLS}/${path}`)),
    await json(await direct(`${SKILLS}/${path}/versions`)),
  ];

  test.each([
    ['', 'without an organisation'],
    [`@${ORGANIZATION}/`, 'in an organisation that both use'],
  ])('are neither shown nor changed by any operation: %s%s', async (prefix) => {
    const name = `${prefix}${unique('skill')}`;
    const files = await victim(name);
    expect(await (await file(owner, files)).text()).toContain(SECRET);
    const before = await stateOf(name);
    const at = `${SKILLS}/${name}`;
    const attempts: [path: string, body?: object | undefined, method?: string][] = [
      [at],
      [`${at}/versions`],
      [`${at}/versions?filter_string=${encodeURIComponent("status = 'active'")}`],
      [`${at}/versions/1`],
      [`${at}/aliases/stable`],
      [`${at}/aliases/latest`],
      [at, { description: 'x' }, 'PATCH'],
      [`${at}/versions/1`, { status: 'draft' }, 'PATCH'],
      [`${at}/tags`, { key: 'note', value: 'x' }],
      [`${at}/versions/1/tags`, { key: 'note', value: 'x' }],
      [`${at}/aliases`, { alias: 'stable', version: 1 }],
      [`${at}/tags/note`, undefined, 'DELETE'],
      [`${at}/aliases/stable`, undefined, 'DELETE'],
      [`${at}/versions/1`, undefined, 'DELETE'],
      [at, undefined, 'DELETE'],
    ];
    for (const [path, body, method] of attempts) {
      const answer = await attacker(path, { ...(body && { json: body }), ...(method && { method }) });
      const text = await answer.text();
      expect(text).not.toContain(SECRET);
      // A list of versions is empty in a workspace without the skill.
      const none = workspaces && answer.status === 200 && JSON.parse(text).skill_versions?.length === 0;
      expect([method, path, none ? 404 : answer.status]).toEqual([method, path, 404]);
    }
    const listing = (path: string) => `${PROXY}?path=${encodeURIComponent(path)}`;
    for (const path of [
      `${PROXY}/${files}/SKILL.md`,
      listing(files),
      listing(`skills/${name}`),
      listing('skills'),
    ]) {
      const answer = await attacker(path);
      const text = await answer.text();
      expect(text).not.toContain(SECRET);
      if (!path.includes(files.slice(-32))) expect(text).not.toContain(files.slice(-32));
      if (strategy === 'tags') expect([path, answer.status]).toEqual([path, 404]);
    }
    expect(await stateOf(name)).toEqual(before);
  });

  test('are in no list, whatever is selected', async () => {
    const name = unique('skill');
    await victim(name);
    await victim(`@${ORGANIZATION}/${name}`);
    const queries = [
      '',
      `&include_skill_identities=${name}`,
      `&include_skill_identities=@${ORGANIZATION}/${name}`,
      `&filter_string=${encodeURIComponent(`organization = '${ORGANIZATION}'`)}`,
      `&filter_string=${encodeURIComponent(`name = '${name}'`)}`,
      `&filter_string=${encodeURIComponent(`search_text LIKE '%${name}%'`)}`,
    ];
    for (const query of queries) {
      const { skills } = await json(await attacker(`${SKILLS}?max_results=1000${query}`));
      expect(skills.map((skill: Json) => skill.name)).not.toContain(name);
    }
    const { skills } = await json(await owner(`${SKILLS}?max_results=1000${queries[4]}`));
    expect(skills.map((skill: Json) => skill.organization).sort()).toEqual(['', ORGANIZATION]);
    // The token of a page repeats the filter: the gateway sends the same one for each page.
    const found: string[] = [];
    let token = '';
    do {
      const page = await json(await owner(`${SKILLS}?max_results=1${queries[4]}${token}`));
      found.push(...page.skills.map((skill: Json) => skill.organization));
      token = page.next_page_token ? `&page_token=${encodeURIComponent(page.next_page_token)}` : '';
    } while (token !== '' && found.length < 9);
    expect(found.sort()).toEqual(['', ORGANIZATION]);
    expect(JSON.stringify(skills)).not.toContain('"tenant"');
  });

  test('get no version from another tenant who uses their names', async () => {
    const name = unique('skill');
    await victim(name);
    const before = await stateOf(name);
    const remote = { source_type: 'git', source: 'https://git.example.com/a.git' };
    const answers = [
      await attacker(SKILLS, { json: { name } }),
      await attacker(`${SKILLS}/${name}/versions`, { json: remote }),
      await upload(attacker, name, 'intruder'),
      await attacker(`${SKILLS}/bulk-register`, {
        json: { skills: [{ ...remote, name, digest: '0'.repeat(64) }] },
      }),
    ];
    const expected = strategy === 'tags' ? 404 : 200;
    expect(answers.map(({ status }) => status)).toEqual([expected, expected, expected, expected]);
    expect(await stateOf(name)).toEqual(before);
    if (strategy === 'tags') {
      // One name of another tenant refuses all, and nothing is made.
      const free = unique('skill');
      const skills = [free, name].map((one) => ({ ...remote, name: one, digest: '0'.repeat(64) }));
      expect((await attacker(`${SKILLS}/bulk-register`, { json: { skills } })).status).toBe(404);
      expect((await direct(`${SKILLS}/${free}`)).status).toBe(404);
    }
    // The same name in an organisation is another skill.
    expect((await upload(attacker, `@${ORGANIZATION}/${name}`, 'own')).status).toBe(200);
  });

  test('keep their owner, however they are created', async () => {
    const [one, two, three, four] = ['a', 'b', 'c', 'd'].map((part) => unique(`skill-${part}`));
    const remote = { source_type: 'git', source: 'https://git.example.com/a.git', digest: '0'.repeat(64) };
    await json(await owner(SKILLS, { json: { name: one, organization: ORGANIZATION } }));
    await json(
      await upload(owner, `@${ORGANIZATION}/${two}`, SECRET, { name: two, organization: ORGANIZATION }),
    );
    await json(
      await owner(`${SKILLS}/bulk-register`, {
        json: { organization: ORGANIZATION, skills: [one, three, four].map((name) => ({ ...remote, name })) },
      }),
    );
    for (const name of [one, two, three, four]) {
      const path = `${SKILLS}/@${ORGANIZATION}/${name}`;
      expect((await owner(path)).status).toBe(200);
      expect((await attacker(path)).status).toBe(404);
    }
  });

  test('are not reached by a second spelling of a name or an organisation', async () => {
    const name = unique('skill');
    await victim(`@${ORGANIZATION}/${name}`);
    const remote = { source_type: 'git', source: 'https://git.example.com/a.git' };
    const attempts: [string, object?][] = [
      [`${SKILLS}/%40${ORGANIZATION}/${name}`],
      [`${SKILLS}/@${ORGANIZATION}%2F${name}`],
      [`${SKILLS}/%2540${ORGANIZATION}/${name}`],
      [`${SKILLS}/@/${name}`],
      [SKILLS, { name: `@${ORGANIZATION}/${name}` }],
      [SKILLS, { name, organization: `@${ORGANIZATION}` }],
      [SKILLS, { name: `${ORGANIZATION}/${name}`, organization: '' }],
      [`${SKILLS}/${unique('own')}/versions`, { ...remote, organization: ORGANIZATION }],
      [`${SKILLS}/${unique('own')}/versions`, { ...remote, name }],
      [`${SKILLS}/@other/${name}/versions`, { ...remote, organization: ORGANIZATION }],
    ];
    for (const [path, body] of attempts) {
      const answer = await attacker(path, body && { json: body });
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
    }
  });

  test('a form has one reading, or is refused before MLflow gets it', async () => {
    const name = unique('own');
    const archived = archive('own');
    const send = (request: ReturnType<typeof form>) => attacker(`${SKILLS}/${name}/versions`, request);
    const both = [metadata(), content(archived)];
    const refused: [string, ReturnType<typeof form>][] = [
      ['metadata twice', form([metadata(), metadata({ status: 'draft' }), content(archived)])],
      ['content twice', form([...both, content(archived)])],
      ['an unknown part', form([...both, { name: 'organization', content: ORGANIZATION }])],
      ['no content', form([metadata()])],
      ['no metadata', form([content(archived)])],
      ['content as text', form([metadata(), { name: 'content', content: archived }])],
      ['another name', form([metadata({ name: 'another' }), content(archived)])],
      ['another organisation', form([metadata({ organization: ORGANIZATION }), content(archived)])],
      ['an unknown field', form([metadata({ workspace: theirs }), content(archived)])],
      [
        'a repeated field',
        form([{ name: 'metadata', content: '{"status":"draft","status":"active"}' }, content(archived)]),
      ],
      ['text after the end', form(both, { end: 'x' })],
      ['a second form', form(both, { end: form(both).body.toString('latin1') })],
      ['a charset', form(both, { type: '; charset=utf-16' })],
      ['a second boundary', form(both, { type: '; boundary=y8' })],
      [
        'another head',
        form([{ ...metadata(), head: 'Content-Transfer-Encoding: base64\r\n' }, content(archived)]),
      ],
      [
        'a second name',
        form([
          { ...metadata(), head: 'Content-Disposition: form-data; name="content"\r\n' },
          content(archived),
        ]),
      ],
      ['too much metadata', form([metadata({ digest: 'x'.repeat(70_000) }), content(archived)])],
    ];
    for (const [what, request] of refused) {
      const answer = await send(request);
      const { reason } = (await answer.json()) as Json;
      expect([what, answer.status < 500, typeof reason]).toEqual([what, true, 'string']);
      expect((await stack.auditOf(answer)).upstream, what).toBe(null);
    }
    expect((await attacker(`${SKILLS}/${name}`)).status).toBe(404);
    // The order of the parts has no meaning. A file that looks like another part stays a file.
    const hidden = gzipSync(
      execFileSync('tar', ['-C', dir, '-cf', '-', '--transform', 's,.*,SKILL.md,', writeNote()]),
    );
    const { version } = await json(await send(form([content(hidden), metadata({ status: 'draft' })])));
    expect(version).toBe(1);
  });

  test('an archive writes nowhere else, and links to nothing', async () => {
    const name = unique('own');
    const outside = join(dir, 'outside');
    writeFileSync(outside, SECRET);
    const packed = (...options: string[]): Buffer =>
      gzipSync(execFileSync('tar', ['-C', dir, '-P', '-cf', '-', ...options, 'outside']));
    const archives = {
      'a link': archive('x', (folder) => symlinkSync('/etc/passwd', join(folder, 'link'))),
      'a parent': packed('--transform', 's,^,../../,'),
      'a root': packed('--transform', 's,^,/tmp/,'),
      'a bomb': gzipSync(Buffer.alloc(64 * 1024 * 1024)),
      'no archive': Buffer.from('x'),
    };
    for (const [what, bytes] of Object.entries(archives)) {
      const answer = await attacker(`${SKILLS}/${name}/versions`, form([metadata(), content(bytes)]));
      expect([what, answer.status]).toEqual([what, 400]);
      expect(await answer.text()).not.toContain(SECRET);
    }
  });

  test('a version opens no address and no file of the server', async () => {
    const name = unique('own');
    for (const source of [
      '/etc/passwd',
      'file:///etc/passwd',
      'mlflow-artifacts:/skills/x',
      'runs:/x/y',
      'models:/x/1',
    ]) {
      const answer = await attacker(`${SKILLS}/${name}/versions`, { json: { source } });
      expect([source, answer.status]).toEqual([source, 400]);
    }
    for (const source_type of ['mlflow', 'file']) {
      const answer = await attacker(`${SKILLS}/${name}/versions`, {
        json: { source_type, source: 'https://x/a' },
      });
      expect([source_type, answer.status]).toEqual([source_type, 400]);
    }
  });

  test('no tenant can change the files of a version', async () => {
    const files = await victim(unique('skill'));
    for (const as of [owner, attacker]) {
      const put = await as(`${PROXY}/${files}/SKILL.md`, { method: 'PUT', body: Buffer.from('x') });
      expect(put.status).toBeGreaterThanOrEqual(400);
      const gone = await as(`${PROXY}/${files}/SKILL.md`, { method: 'DELETE' });
      expect(gone.status).toBeGreaterThanOrEqual(400);
    }
    expect(await (await file(owner, files)).text()).toContain(SECRET);
  });

  test('a role without skills:delete deletes no version by its status', async () => {
    const name = unique('skill');
    await victim(name);
    const contributor = stack.as(theirs, 'contributor');
    await json(
      await contributor(`${SKILLS}/${name}/versions/1`, { method: 'PATCH', json: { status: 'draft' } }),
    );
    const answer = await contributor(`${SKILLS}/${name}/versions/1`, {
      method: 'PATCH',
      json: { status: 'deleted' },
    });
    expect(answer.status).toBe(400);
    expect((await contributor(`${SKILLS}/${name}/versions/1`, { method: 'DELETE' })).status).toBe(403);
    await json(await owner(`${SKILLS}/${name}/versions/1`, { method: 'DELETE' }));
  });

  test('the next owner of a name gets no files of the last one', async () => {
    const name = unique('passed-on');
    const files = await victim(name);
    // MLflow may delete a skill and fail to delete its files: they are put back.
    const stored = join(stack.dir, 'mlflow/artifacts', workspaces ? `workspaces/${theirs}` : '', files);
    await json(await owner(`${SKILLS}/${name}`, { method: 'DELETE' }));
    expect((await file(owner, files)).status).toBe(404);
    mkdirSync(stored, { recursive: true });
    writeFileSync(join(stored, 'SKILL.md'), SECRET);
    expect(await (await file(direct, files)).text()).toBe(SECRET);
    await json(await upload(attacker, name, 'next'));
    for (const path of [
      `${PROXY}/${files}/SKILL.md`,
      `${PROXY}?path=${files}`,
      `${PROXY}?path=skills/${name}`,
    ]) {
      const text = await (await attacker(path)).text();
      expect(text).not.toContain(SECRET);
      if (!path.includes(files.slice(-32))) expect(text).not.toContain(files.slice(-32));
    }
  });

  function writeNote(): string {
    writeFileSync(
      join(dir, 'note'),
      '\r\n--x8\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"organization":"x"}\r\n--x8--\r\n',
    );
    return 'note';
  }
});
