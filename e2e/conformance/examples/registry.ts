import type { Values } from '../../harness/requests/operations.ts';
import type { Family } from '../../harness/world/family.ts';
import { WEBHOOK_EVENT } from '../../harness/world/makers/registry.ts';
import type { Examples } from './example.ts';

const version = async (f: Family): Promise<Values> => ({ body: { version: await f.id('model-version') } });
const versionInQuery = async (f: Family): Promise<Values> => ({
  query: { version: await f.id('model-version') },
});
const note = (f: Family): { key: string; value: string } => ({ key: 'new', value: f.text('tag') });

/** MLflow deletes no version that is active. */
const deprecate = async (f: Family): Promise<unknown> =>
  f.do('updateMcpServerVersion', {
    path: { name: await f.id('mcp-server'), version: '1.0.0' },
    body: { status: 'deprecated' },
  });

/** The model registry, webhooks, and the registry of MCP servers. */
export const REGISTRY: Examples = {
  createRegisteredModel: {
    values: (f) => ({ body: { name: f.name('registered'), description: f.text('description') } }),
  },
  deleteRegisteredModel: {},
  deleteRegisteredModelAlias: {
    before: (f) => f.id('model-version'),
    values: () => ({ body: { alias: 'champion' } }),
  },
  deleteRegisteredModelTag: { values: () => ({ body: { key: 'note' } }) },
  getLatestVersions: { before: (f) => f.id('model-version') },
  getLatestVersionsByGet: { before: (f) => f.id('model-version') },
  getModelVersionByAlias: {
    before: (f) => f.id('model-version'),
    values: () => ({ query: { alias: 'champion' } }),
  },
  getRegisteredModel: {},
  renameRegisteredModel: { values: (f) => ({ body: { new_name: f.name('renamed') } }) },
  searchRegisteredModels: {},
  setRegisteredModelAlias: {
    values: async (f) => ({ body: { alias: 'new', version: await f.id('model-version') } }),
  },
  setRegisteredModelTag: { values: (f) => ({ body: note(f) }) },
  updateRegisteredModel: { values: (f) => ({ body: { description: f.text('description') } }) },

  createModelVersion: {
    also: ['body.run_id'],
    before: (f) => f.id('run-with-files'),
    values: async (f) => ({
      body: { source: `${await f.id('run-artifacts')}/model`, description: f.text('description') },
    }),
    variants: {
      'body.model_id': async (f) => ({
        body: { name: await f.id('registered-model'), source: await f.id('logged-model-artifacts') },
      }),
    },
  },
  deleteModelVersion: { values: version },
  deleteModelVersionTag: {
    values: async (f) => ({ body: { version: await f.id('model-version'), key: 'note' } }),
  },
  getModelVersion: { values: versionInQuery },
  getModelVersionArtifact: {
    values: async (f) => ({ query: { version: await f.id('model-version'), path: 'MLmodel' } }),
  },
  getModelVersionDownloadUri: { also: ['query.name'], values: versionInQuery },
  searchModelVersions: {},
  setModelVersionTag: {
    values: async (f) => ({ body: { version: await f.id('model-version'), ...note(f) } }),
  },
  transitionModelVersionStage: {
    values: async (f) => ({
      body: {
        version: await f.id('model-version'),
        stage: 'Staging',
        archive_existing_versions: false,
      },
    }),
  },
  updateModelVersion: {
    values: async (f) => ({
      body: { version: await f.id('model-version'), description: f.text('description') },
    }),
  },

  createWebhook: {
    values: (f) => ({
      body: {
        name: f.name('webhook'),
        url: `${f.owner.outside}/hook`,
        events: [WEBHOOK_EVENT],
      },
    }),
  },
  deleteWebhook: {},
  getWebhook: {},
  listWebhooks: {},
  testWebhook: { values: () => ({ body: { event: WEBHOOK_EVENT } }) },
  updateWebhook: { values: (f) => ({ body: { description: f.text('description') } }) },

  createMcpServer: { values: (f) => ({ body: { name: `com.example/${f.name('mcp')}` } }) },
  createMcpServerVersion: {
    spends: true,
    values: async (f) => ({
      body: { server_json: { name: await f.id('mcp-server'), version: '2.0.0' }, status: 'active' },
    }),
  },
  createMcpAccessEndpoint: {
    values: (f) => ({
      body: { server_version: '1.0.0', url: `https://mcp.example.com/${f.name('endpoint')}` },
    }),
  },
  deleteMcpAccessEndpoint: {},
  deleteMcpServer: { before: deprecate },
  deleteMcpServerAlias: { values: () => ({ path: { alias: 'stable' } }) },
  deleteMcpServerTag: { values: () => ({ path: { key: 'note' } }) },
  deleteMcpServerVersion: { before: deprecate, values: () => ({ path: { version: '1.0.0' } }) },
  deleteMcpServerVersionTag: { values: () => ({ path: { version: '1.0.0', key: 'note' } }) },
  getMcpAccessEndpoint: {},
  getMcpServer: {},
  getMcpServerVersion: { values: () => ({ path: { version: '1.0.0' } }) },
  getMcpServerVersionByAlias: { values: () => ({ path: { alias: 'stable' } }) },
  searchMcpAccessEndpoints: {},
  searchMcpServerAccessEndpoints: { before: (f) => f.id('mcp-endpoint') },
  searchMcpServerVersions: {},
  searchMcpServers: {},
  setMcpServerAlias: { values: () => ({ body: { alias: 'new', version: '1.0.0' } }) },
  setMcpServerTag: { values: (f) => ({ body: note(f) }) },
  setMcpServerVersionTag: { values: (f) => ({ path: { version: '1.0.0' }, body: note(f) }) },
  updateMcpAccessEndpoint: {
    values: (f) => ({ body: { url: `https://mcp.example.com/${f.name('endpoint')}` } }),
  },
  updateMcpServer: {
    values: (f) => ({ body: { description: f.text('description'), display_name: f.text('title') } }),
  },
  updateMcpServerVersion: {
    spends: true,
    values: () => ({ path: { version: '1.0.0' }, body: { status: 'deprecated' } }),
  },
};
