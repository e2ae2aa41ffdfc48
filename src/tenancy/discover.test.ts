import { afterEach, describe, expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { createLogger } from '../telemetry/log.ts';
import type { UpstreamAnswer } from '../upstream/types.ts';
import { StrategyChooser } from './discover.ts';
import { NotingUpstream } from './noting-upstream.ts';
import type { TenancyStrategy } from './strategy.ts';

class Answering extends NotingUpstream {
  answer: () => UpstreamAnswer = () => ({ status: 503, headers: {}, body: Buffer.from('') });
  override async ask(): Promise<UpstreamAnswer> {
    return this.answer();
  }
}

const json = (body: object): UpstreamAnswer => ({
  status: 200,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});
const strategy: TenancyStrategy = {
  name: 'workspaces',
  decide: (question) => ({ request: question.request, headers: {} }),
};
let chooser: StrategyChooser;
afterEach(() => chooser.close());

async function choose(
  wanted: 'auto' | 'workspaces' | 'tags',
  answer: () => UpstreamAnswer,
): Promise<StrategyChooser> {
  const upstream = new Answering();
  upstream.answer = answer;
  chooser = new StrategyChooser({
    wanted,
    upstream,
    make: () => strategy,
    log: createLogger({ level: 'silent' }),
  });
  await chooser.start();
  return chooser;
}

describe('StrategyChooser', () => {
  it('takes workspaces where MLflow has them', async () => {
    const { current, problem } = await choose('auto', () => json({ workspaces_enabled: true })).then((c) => ({
      current: c.require(),
      problem: c.problem(),
    }));
    expect(current.name).toBe('workspaces');
    expect(problem).toBeUndefined();
  });

  it.each([
    ['workspaces', () => json({ workspaces_enabled: false }), 'MLflow runs without workspaces'],
    ['auto', () => json({ workspaces_enabled: false }), 'comes with the next version'],
    ['auto', () => json({}), 'comes with the next version'],
    ['auto', () => json({ workspaces_enabled: 'true' }), 'comes with the next version'],
    ['tags', () => json({ workspaces_enabled: true }), 'comes with the next version'],
    ['auto', () => ({ status: 404, headers: {}, body: Buffer.from('') }), 'comes with the next version'],
    ['auto', () => ({ status: 500, headers: {}, body: Buffer.from('') }), 'answered 500'],
    ['auto', () => ({ status: 200, headers: {}, body: Buffer.from('<html>') }), 'cannot be asked'],
  ] as const)('%s: no strategy, and says why', async (wanted, answer, why) => {
    const chosen = await choose(wanted, answer);
    expect(chosen.problem()).toContain(why);
    const { reason, message } = denialOf(() => chosen.require());
    expect(message).toContain(why);
    expect(reason).toBe(
      answer().status >= 500 || why === 'cannot be asked' ? 'upstream_unreachable' : 'strategy_unavailable',
    );
  });
});
