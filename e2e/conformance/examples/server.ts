import type { Examples } from './example.ts';

const SPARE = { 'path.workspace_name': 'spare-workspace', 'body.workspace_name': 'spare-workspace' };

/** The server itself, its UI, workspaces, and the features that act on the server. */
export const SERVER: Examples = {
  getServerInfo: {},
  getUiTelemetry: {},
  health: {},
  postUiTelemetry: { harmless: true, values: () => ({ body: { records: [] } }) },
  version: {},
  getUi: {},
  getStaticFile: { values: async (f) => ({ path: { path: await f.id('static-file') } }) },
  getBuildFile: { values: () => ({ path: { filename: 'main.js' } }) },

  createWorkspace: { values: (f) => ({ body: { name: f.plain('workspace') } }) },
  deleteWorkspace: { kinds: SPARE },
  getWorkspace: {},
  listWorkspaces: {},
  updateWorkspace: { kinds: SPARE, values: () => ({ body: { description: 'x' } }) },

  checkAssistantProviderHealth: { values: () => ({ path: { provider: 'claude_code' } }) },
  getAssistantConfig: {},
  installAssistantSkills: { values: () => ({ body: { type: 'custom', custom_path: '/nonexistent' } }) },
  listAssistantProviderModels: { values: () => ({ path: { provider: 'claude_code' } }) },
  listAssistantProviders: {},
  patchAssistantSession: { values: () => ({ path: { session_id: 'x' }, body: { status: 'cancelled' } }) },
  resolveAssistantPermission: {
    values: () => ({ path: { session_id: 'x' }, body: { request_id: 'x', decision: 'deny' } }),
  },
  resolveAssistantToolResult: {
    values: () => ({ path: { session_id: 'x' }, body: { request_id: 'x', content: 'x' } }),
  },
  sendAssistantMessage: { values: () => ({ body: { message: 'hello' } }) },
  streamAssistantResponse: { values: () => ({ path: { session_id: 'x' } }) },
  updateAssistantConfig: { values: () => ({ body: { providers: {} } }) },
  deleteDemo: {},
  generateDemo: { values: () => ({ body: { features: [] } }) },
};
