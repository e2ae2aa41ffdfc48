import { test } from './fixtures.ts';
import { experimentPages } from './pages/experiments.ts';
import { genaiPages } from './pages/genai.ts';
import { registryPages } from './pages/registry.ts';
import { runPages } from './pages/runs.ts';
import { serverPages } from './pages/server.ts';
import { skillPages } from './pages/skills.ts';

// Every page as each role and as both tenants. permissions.spec.ts comes after this file, by its name: it changes the data.
for (const user of [
  { tenant: 0, role: 'viewer' },
  { tenant: 1, role: 'contributor' },
  { tenant: 0, role: 'admin' },
] as const)
  test.describe(`pages of tenant ${user.tenant + 1} as ${user.role}`, () => {
    test.use({ user });
    test.describe('experiments', experimentPages);
    test.describe('a run', runPages);
    test.describe('the registry', registryPages);
    test.describe('skills', skillPages);
    test.describe('GenAI', genaiPages);
    test.describe('the server', serverPages);
  });
