import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { unique } from '../harness/stack.ts';
import type { Click } from './actions/action.ts';
import { CLICKS } from './actions/index.ts';
import { experimentPages } from './pages/experiments.ts';
import { genaiPages } from './pages/genai.ts';
import { registryPages } from './pages/registry.ts';
import { runPages } from './pages/runs.ts';
import { serverPages } from './pages/server.ts';
import type { Visit } from './support/session.ts';
import type { Office } from './support/sessions.ts';

/** Every page, as each role, and as both teams. */
export function describePages(office: () => Office): void {
  describe.each([
    [0, 'viewer'],
    [1, 'contributor'],
    [0, 'admin'],
  ] as const)('pages, team %i, %s', (index, role) => {
    let visit: Visit;
    beforeAll(async () => {
      visit = await office().sit(office().teams[index]!, role);
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await visit.keep(`${office().strategy} ${role} ${task.name}`);
    });
    afterAll(() => visit?.end());
    const sit = (): Visit => visit;

    describe('experiments', () => experimentPages(sit));
    describe('a run', () => runPages(sit));
    describe('the registry', () => registryPages(sit));
    describe('GenAI', () => genaiPages(sit));
    describe('the server', () => serverPages(sit));
  });
}

/** Every click, as who may not and as who may. */
export function describeClicks(office: () => Office): void {
  describe.each(['viewer', 'contributor', 'admin'] as const)('clicks of a %s', (role) => {
    let visit: Visit;
    beforeAll(async () => {
      visit = await office().sit(office().teams[0]!, role);
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await visit.keep(`${office().strategy} ${role} ${task.name}`);
    });
    afterAll(() => visit?.end());

    const may = (click: Click): boolean => click.role === role;
    const mayNot = (click: Click): boolean =>
      role === 'viewer' || (role === 'contributor' && click.role === 'admin');

    for (const click of CLICKS.filter(mayNot))
      test(`${click.title} is refused, and the page says why`, async () => {
        const name = unique(`${visit.team.name}-refused`);
        await click.act(visit, name);
        await visit.see(click.shows?.text ?? `Insufficient role: required ${click.role}, got ${role}`);
        if (role === 'viewer' && click.sends === 'model-versions/delete')
          await visit.picture('refused-click');
        const path = new RegExp(`^/ajax-api/[23]\\.0/mlflow/${click.sends}$`);
        const why = `${click.title} is the ${click.role}'s`;
        await visit.check({ refused: [{ method: click.method, path, status: 403, why }] });
        await stillUsable(visit);
      });

    for (const click of CLICKS.filter(may))
      test(`${click.title} works`, async () => {
        const name = unique(`${visit.team.name}-made`);
        await click.act(visit, name);
        await click.done(visit, name);
        await visit.check();
      });
  });
}

/** Whoever was refused closes the form and goes on. */
async function stillUsable(visit: Visit): Promise<void> {
  await visit.page.keyboard.press('Escape');
  await visit.open('/experiments');
  await visit.see(`${visit.team.name}-churn`);
  await visit.page.getByRole('link', { name: 'Prompts' }).click();
  await visit.page.getByRole('heading', { name: 'Prompts' }).waitFor();
  await visit.check({ errors: true });
}
