import { afterEach, describe, expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { DryRunUpstream } from '../mlflow/dry-run-upstream.ts';
import { createLogger } from '../telemetry/log.ts';
import type { UpstreamResponse } from '../upstream/types.ts';
import { StrategyChooser } from './strategy-chooser.ts';

class Answering extends DryRunUpstream {
  answer: () => UpstreamResponse = () => ({ status: 503, headers: {}, body: Buffer.from('') });
  override async ask(): Promise<UpstreamResponse> {
    return this.answer();
  }
}

const json = (body: object): UpstreamResponse => ({
  status: 200,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});
let chooser: StrategyChooser;
afterEach(() => chooser.close());

async function choose(
  wanted: 'auto' | 'workspaces' | 'tags',
  answer: () => UpstreamResponse,
  prefix?: string,
): Promise<StrategyChooser> {
  const upstream = new Answering();
  upstream.answer = answer;
  chooser = new StrategyChooser({
    wanted,
    upstream,
    prefix,
    make: (name) => ({
      name,
      judge: ({ request }) => ({ request, headers: {}, questions: [], lookups: 0 }),
      settle: ({ request, headers }) => ({ request, headers }),
    }),
    log: createLogger({ level: 'silent' }),
  });
  await chooser.start();
  return chooser;
}

describe('StrategyChooser', () => {
  it('takes workspaces where MLflow has them', async () => {
    const chosen = await choose('auto', () => json({ workspaces_enabled: true }));
    expect(chosen.require().name).toBe('workspaces');
    expect(chosen.problem()).toBeUndefined();
  });

  // A server too old to be asked answers 404.
  it.each([
    ['auto', () => json({ workspaces_enabled: false })],
    ['auto', () => json({})],
    ['auto', () => json({ workspaces_enabled: 'true' })],
    ['auto', () => ({ status: 404, headers: {}, body: Buffer.from('') })],
    ['tags', () => json({ workspaces_enabled: true })],
    ['tags', () => json({ workspaces_enabled: false })],
  ] as const)(
    '%s: chooses tags if MLflow has no workspaces or the configuration says so: case %#',
    async (wanted, answer) => {
      const chosen = await choose(wanted, answer);
      expect(chosen.require().name).toBe('tags');
      expect(chosen.problem()).toBeUndefined();
    },
  );

  it('does not take an MLflow for old that has the question elsewhere than below its prefix', async () => {
    const missing = () => ({ status: 404, headers: {}, body: Buffer.from('') });
    const chosen = await choose('auto', missing, '/ml');
    expect(chosen.problem()).toContain('server-info is not below /ml (GW_UPSTREAM_PATH_PREFIX)');
    expect(() => chosen.require()).toThrow('MLflow 3.16 or newer');
  });

  it.each([
    ['workspaces', () => json({ workspaces_enabled: false }), 'MLflow runs without workspaces'],
    ['auto', () => ({ status: 500, headers: {}, body: Buffer.from('') }), 'answered 500'],
    ['auto', () => ({ status: 200, headers: {}, body: Buffer.from('<html>') }), 'cannot be read'],
    ['auto', () => ({ status: 200, headers: {}, body: Buffer.from('null') }), 'cannot be read'],
    ['auto', () => ({ status: 401, headers: {}, body: Buffer.from('') }), 'its own credentials'],
    [
      'auto',
      () => ({ status: 403, headers: {}, body: Buffer.from('Invalid Host header') }),
      'GW_UPSTREAM_HOST',
    ],
    ['auto', () => ({ status: 302, headers: {}, body: Buffer.from('') }), 'a redirect'],
  ] as const)('%s: no strategy, and says why', async (wanted, answer, why) => {
    const chosen = await choose(wanted, answer);
    expect(chosen.problem()).toContain(why);
    const { reason, message } = denialOf(() => chosen.require());
    expect(message).toContain(why);
    expect(reason).toBe(wanted === 'auto' ? 'upstream_unreachable' : 'strategy_unavailable');
  });
});
