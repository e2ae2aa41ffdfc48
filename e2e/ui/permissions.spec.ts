import { unique } from '../harness/stack.ts';
import type { Action } from './actions/action.ts';
import { ACTIONS } from './actions/index.ts';
import { test } from './fixtures.ts';
import type { Session } from './support/session.ts';

// Every action as a role without the permission, and as the weakest role with it.
for (const role of ['viewer', 'contributor', 'admin'] as const)
  test.describe(`actions of a role: ${role}`, () => {
    test.use({ user: { tenant: 0, role } });

    const isForbidden = (action: Action): boolean =>
      role === 'viewer' || (role === 'contributor' && action.role === 'admin');

    for (const action of ACTIONS.filter(isForbidden))
      test(`${role} cannot ${action.title}, and the page shows the reason`, async ({ member }) => {
        const name = unique(`${member.tenant.name}-refused`);
        await action.perform(member, name);
        await member.see(
          action.refusalText?.text ?? `Insufficient role: required ${action.role}, got ${role}`,
        );
        if (role === 'viewer' && action.endpoint === 'model-versions/delete')
          await member.picture('refused-click');
        const path = new RegExp(`^/ajax-api/[23]\\.0/mlflow/${action.endpoint}$`);
        const why = `to ${action.title} takes the role ${action.role}`;
        await member.check({ refused: [{ method: action.method, path, status: 403, why }] });
        await expectUsable(member);
      });

    for (const action of ACTIONS.filter((action) => action.role === role))
      test(`${role} can ${action.title}`, async ({ member }) => {
        const name = unique(`${member.tenant.name}-made`);
        // A busy machine may miss a notice of a few seconds, unless it waits for the notice from the start.
        const announced = action.announcement ? member.see(action.announcement) : undefined;
        await Promise.all([announced, action.perform(member, name)]);
        await action.expectDone(member, name);
        await member.check();
      });
  });

/** A user can close the form after a refusal and go on. */
async function expectUsable(session: Session): Promise<void> {
  await session.page.keyboard.press('Escape');
  await session.open('/experiments');
  await session.see(`${session.tenant.name}-churn`);
  await session.page.getByRole('link', { name: 'AI Registry' }).click();
  await session.see(`${session.tenant.name}-prompt`);
  await session.check({ errors: true });
}
