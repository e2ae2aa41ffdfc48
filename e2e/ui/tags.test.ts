import { afterAll, beforeAll, describe } from 'vitest';
import { describeSignIn } from './sign-in.ts';
import { describeClicks, describePages } from './suite.ts';
import { type Office, openOffice } from './support/sessions.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice('tags');
});
afterAll(() => office?.stop());

describe('strategy tags', () => {
  describeSignIn(() => office);
  describePages(() => office);
  describeClicks(() => office);
});
