import { test } from 'vitest';
import type { Visit } from '../support/session.ts';

/** Pages about the server rather than a team's work. */
export function serverPages(sit: () => Visit): void {
  test('settings', async () => {
    const visit = sit();
    await visit.open('/settings');
    await visit.see('Theme preference', 'Enable telemetry');
    await visit.check();
  });

  test('the AI gateway', async () => {
    const visit = sit();
    await visit.open('/gateway');
    await visit.see('Get started with AI Gateway');
    await visit.check();
  });

  test('the registry of MCP servers', async () => {
    const visit = sit();
    await visit.open('/mcp-registry');
    await visit.see('Register and catalog MCP servers for your organization.');
    await visit.check();
  });
}
