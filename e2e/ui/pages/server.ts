import { test } from '../fixtures.ts';

/** Pages about the server instead of a tenant's data. */
export function serverPages(): void {
  test('the settings open', async ({ member }) => {
    await member.open('/settings');
    await member.see('Theme preference', 'Enable telemetry');
    await member.check();
  });

  test('the AI gateway opens', async ({ member }) => {
    await member.open('/gateway');
    await member.see('Get started with AI Gateway');
    await member.check();
  });

  test('the registry of MCP servers opens', async ({ member }) => {
    await member.open('/mcp-registry');
    await member.see('Register and catalog MCP servers for your organization.');
    await member.check();
  });
}
