import type { Session } from '../support/session.ts';
import { type Action, dialog } from './action.ts';

const SKILL_PATH = 'skills/[^/]+';

/** An element of the pages of skills, by MLflow's component id. */
const part = ({ page }: Session, id: string) =>
  page.locator(`[data-component-id="mlflow.skill_registry.${id}"]`).filter({ visible: true }).first();

async function openSkill(session: Session): Promise<void> {
  await session.open(`/skills/${session.tenant.name}-review`, { reload: true });
  await session.see('Viewing version 2');
}

/** Types into the field of a dialog that lists values while the user types. */
async function enter(session: Session, text: string): Promise<void> {
  await dialog(session).getByRole('combobox').first().click();
  await session.page.keyboard.type(text);
  await session.page.keyboard.press('Enter');
}

/** The registry of skills. */
export const SKILLS: readonly Action[] = [
  {
    title: 'create a skill',
    role: 'contributor',
    method: 'POST',
    endpoint: `${SKILL_PATH}/versions`,
    async perform(session, name) {
      await session.open('/skills', { reload: true });
      await part(session, 'create').click();
      await part(session, 'register_modal.location').fill(`https://git.example.com/${name}.git`);
      await part(session, 'register_modal.name').fill(name);
      await dialog(session).getByRole('button', { name: 'Create', exact: true }).click();
    },
    async expectDone(session, name) {
      await session.page.waitForURL(/#\/skills\/./);
      await session.see(name, 'Viewing version 1', `https://git.example.com/${name}.git`);
    },
  },
  {
    title: 'describe a skill',
    role: 'contributor',
    method: 'PATCH',
    endpoint: SKILL_PATH,
    async perform(session, name) {
      await openSkill(session);
      await part(session, 'detail.actions').click();
      await session.page.getByRole('menuitem', { name: 'Edit' }).click();
      await part(session, 'edit_skill_modal.description').fill(`described as ${name}`);
      await dialog(session).getByRole('button', { name: 'Save' }).click();
    },
    async expectDone(session, name) {
      await dialog(session).waitFor({ state: 'hidden' });
      await session.see(`described as ${name}`);
    },
  },
  {
    title: 'tag a skill',
    role: 'contributor',
    method: 'POST',
    endpoint: `${SKILL_PATH}/tags`,
    async perform(session, name) {
      await openSkill(session);
      await part(session, 'detail.tags.edit').click();
      await enter(session, 'colour');
      await dialog(session).getByLabel('Value').fill(name);
      await dialog(session).getByRole('button', { name: 'Add tag' }).click();
      await dialog(session).getByRole('button', { name: 'Save tags' }).click();
    },
    async expectDone(session, name) {
      await dialog(session).waitFor({ state: 'hidden' });
      await session.see(name);
    },
  },
  {
    title: 'set an alias of a skill',
    role: 'contributor',
    method: 'POST',
    endpoint: `${SKILL_PATH}/aliases`,
    async perform(session) {
      await openSkill(session);
      await part(session, 'detail.version.aliases.edit').click();
      await enter(session, 'trial');
      await dialog(session).getByRole('button', { name: 'Save aliases' }).click();
    },
    async expectDone(session) {
      await dialog(session).waitFor({ state: 'hidden' });
      await session.see('@ trial');
    },
  },
  {
    title: 'delete a skill',
    role: 'admin',
    method: 'DELETE',
    endpoint: SKILL_PATH,
    async perform(session) {
      await openSkill(session);
      await part(session, 'detail.actions').click();
      await session.page.getByRole('menuitem', { name: 'Delete' }).click();
      await dialog(session).getByRole('button', { name: 'Delete' }).click();
    },
    async expectDone(session) {
      await session.page.waitForURL(/#\/skills(\?|$)/);
      await session.see(`${session.tenant.name}-summary`);
      await session.page.getByText(`${session.tenant.name}-review`).waitFor({ state: 'detached' });
    },
  },
];
