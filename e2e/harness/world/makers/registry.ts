import { skillForm } from '../../skill-form.ts';
import type { Makers } from '../family.ts';
import {
  createMcpEndpoint,
  createMcpServer,
  createMcpServerVersion,
  createModelVersion,
  createPrompt,
  createRegisteredModel,
  createSkill,
  ORGANIZATION,
} from '../resources.ts';
import { note } from './maker.ts';

/** The event of the suite's webhooks: every MLflow with webhooks has it, and the suite never triggers it. */
export const WEBHOOK_EVENT = { entity: 'PROMPT_ALIAS', action: 'DELETED' };

/** The model registry, the registries of MCP servers and skills, webhooks. */
export const REGISTRY: Makers = {
  'registered-model': (family) =>
    createRegisteredModel(family.send, {
      name: family.name('registered'),
      description: family.text('description'),
      tags: [note(family)],
    }),

  /** Version 1 of the registered model, whose files are the run's `model` directory; alias `champion`. */
  'model-version': async (family) => {
    const run_id = await family.id('run-with-files');
    const name = await family.id('registered-model');
    const version = await createModelVersion(family.send, {
      name,
      source: `${await family.id('run-artifacts')}/model`,
      run_id,
      description: family.text('description'),
      tags: [note(family)],
    });
    await family.do('setRegisteredModelAlias', { body: { name, alias: 'champion', version } });
    return version;
  },

  prompt: (family) =>
    createPrompt(family.send, {
      name: family.name('prompt'),
      text: family.text('prompt {{ x }}'),
      tags: [note(family)],
    }),

  /** With version 1.0.0, the alias `stable`, and a tag on each. */
  'mcp-server': async (family) => {
    const name = await createMcpServer(family.send, {
      name: `com.example/${family.name('mcp')}`,
      description: family.text('description'),
    });
    await createMcpServerVersion(family.send, name, '1.0.0', {
      description: family.text('description'),
      source: `https://example.com/${family.owner.marker}`,
      tools: [{ name: 'look', description: family.text('tool') }],
    });
    await family.do('setMcpServerAlias', { path: { name }, body: { alias: 'stable', version: '1.0.0' } });
    await family.do('setMcpServerTag', { path: { name }, body: { ...note(family) } });
    await family.do('setMcpServerVersionTag', {
      path: { name, version: '1.0.0' },
      body: { ...note(family) },
    });
    return name;
  },

  /** A skill and one of the same name in an organisation, each with version 1, the alias `stable`, and tags. */
  skill: async (family) => {
    const name = family.name('skill');
    for (const organization of [undefined, ORGANIZATION]) {
      const path = { name, ...(organization === undefined ? {} : { organization }) };
      const own = organization === undefined ? '' : 'Organization';
      await createSkill(
        family.send,
        { ...path, description: family.text('description'), tags: [note(family)] },
        `https://git.example.com/${family.owner.marker}.git`,
      );
      await family.do(`set${own}SkillAlias`, { path, body: { alias: 'stable', version: 1 } });
      await family.do(`set${own}SkillVersionTag`, {
        path: { ...path, version: '1' },
        body: { ...note(family) },
      });
    }
    return name;
  },

  /** The directory of an uploaded version, as a URI. */
  'skill-upload': async (family) => {
    const path = { name: await family.id('skill') };
    const { json } = await family.do('createSkillVersion', { path, ...skillForm(family.text('skill')) });
    return json.source;
  },

  'mcp-endpoint': async (family) =>
    createMcpEndpoint(family.send, await family.id('mcp-server'), {
      server_version: '1.0.0',
      url: `https://mcp.example.com/${family.name('endpoint')}`,
    }),

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
