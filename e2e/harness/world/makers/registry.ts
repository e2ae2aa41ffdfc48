import { type Makers, note } from './maker.ts';

/** What webhooks wait for: every MLflow with webhooks has it, and nothing in the suite makes it happen. */
export const WEBHOOK_EVENT = { entity: 'PROMPT_ALIAS', action: 'DELETED' };

/** The model registry, the registry of MCP servers, webhooks. */
export const REGISTRY: Makers = {
  'registered-model': async (family) => {
    const name = family.name('registered');
    await family.do('createRegisteredModel', {
      body: { name, description: family.text('description'), tags: [note(family)] },
    });
    return name;
  },

  /** Version 1 of the registered model, whose files are the run's `model` directory; alias `champion`. */
  'model-version': async (family) => {
    const run_id = await family.id('run-with-files');
    const name = await family.id('registered-model');
    const source = `${await family.id('run-artifacts')}/model`;
    const { json } = await family.do('createModelVersion', {
      body: { name, source, run_id, description: family.text('description'), tags: [note(family)] },
    });
    const { version } = json.model_version;
    await family.do('setRegisteredModelAlias', { body: { name, alias: 'champion', version } });
    return version;
  },

  /** A registered model that is a prompt, with one version. */
  prompt: async (family) => {
    const name = family.name('prompt');
    const isPrompt = { key: 'mlflow.prompt.is_prompt', value: 'true' };
    await family.do('createRegisteredModel', { body: { name, tags: [isPrompt, note(family)] } });
    const text = { key: 'mlflow.prompt.text', value: family.text('prompt {{ x }}') };
    await family.do('createModelVersion', { body: { name, source: 'dummy-source', tags: [isPrompt, text] } });
    return name;
  },

  /** With version 1.0.0, the alias `stable`, and a tag on each. */
  'mcp-server': async (family) => {
    const name = `com.example/${family.name('mcp')}`;
    await family.do('createMcpServer', { body: { name, description: family.text('description') } });
    await family.do('createMcpServerVersion', {
      path: { name },
      body: {
        server_json: { name, version: '1.0.0', description: family.text('description') },
        status: 'active',
        source: `https://example.com/${family.owner.marker}`,
        tools: [{ name: 'look', description: family.text('tool') }],
      },
    });
    await family.do('setMcpServerAlias', { path: { name }, body: { alias: 'stable', version: '1.0.0' } });
    await family.do('setMcpServerTag', { path: { name }, body: note(family) });
    await family.do('setMcpServerVersionTag', { path: { name, version: '1.0.0' }, body: note(family) });
    return name;
  },

  'mcp-endpoint': async (family) => {
    const name = await family.id('mcp-server');
    const { json } = await family.do('createMcpAccessEndpoint', {
      path: { name },
      body: { server_version: '1.0.0', url: `https://mcp.example.com/${family.name('endpoint')}` },
    });
    return json.id;
  },

  webhook: async (family) => {
    const { json } = await family.do('createWebhook', {
      body: {
        name: family.name('webhook'),
        description: family.text('description'),
        url: `${family.owner.outside}/${family.owner.marker}`,
        events: [WEBHOOK_EVENT],
        secret: family.name('hmac'),
      },
    });
    return json.webhook.webhook_id;
  },
};
