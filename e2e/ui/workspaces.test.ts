import { afterAll, beforeAll, describe } from 'vitest';
import { describeSelector } from './selector.ts';
import { describeSignIn } from './sign-in.ts';
import { describeClicks, describePages } from './suite.ts';
import { type Office, openOffice } from './support/sessions.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice('workspaces', { GW_RBAC_PLATFORM_ADMIN_ALIASES: 'platform' });
});
afterAll(() => office?.stop());

describe('strategy workspaces', () => {
  describeSignIn(() => office);
  describePages(() => office);
  describeSelector(() => office);
  describeClicks(() => office);
});
