import type { Examples } from './example.ts';

const BY_NAME = {
  'body.model': 'gateway-endpoint-name',
  'path.endpoint_name': 'gateway-endpoint-name',
  'body.endpoint_name': 'gateway-endpoint-name',
} as const;
const MESSAGES = { messages: [{ role: 'user', content: 'hello' }] };
const CONTENTS = { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] };

/** MLflow's AI gateway: its administration, and the calls it makes to providers. */
export const AI_GATEWAY: Examples = {
  addGuardrailToEndpoint: { spends: true, values: () => ({ body: { execution_order: 0 } }) },
  attachModelToEndpoint: {
    spends: true,
    before: (f) => f.id('gateway-endpoint'),
    kinds: { 'body.model_config.model_definition_id': 'second-gateway-model-definition' },
    also: ['body.model_config.model_definition_id'],
    values: () => ({ body: { model_config: { linkage_type: 'FALLBACK', weight: 1, fallback_order: 1 } } }),
  },
  createBudgetPolicy: {
    values: (f) => ({
      body: {
        budget_unit: 'USD',
        budget_amount: 1,
        duration: { unit: 'DAYS', value: 1 },
        target_scope: 'WORKSPACE',
        budget_action: 'ALERT',
        created_by: f.name('user'),
      },
    }),
  },
  createEndpointBinding: {
    spends: true,
    values: async (f) => ({ body: { resource_type: 'scorer', resource_id: await f.id('scorer') } }),
  },
  createGatewayEndpoint: {
    also: ['body.model_configs[].model_definition_id'],
    values: async (f) => ({
      body: {
        name: f.name('endpoint'),
        model_configs: [
          {
            model_definition_id: await f.id('gateway-model-definition'),
            linkage_type: 'PRIMARY',
            weight: 1,
          },
        ],
      },
    }),
  },
  createGatewayGuardrail: {
    values: (f) => ({
      body: { name: f.name('guardrail'), scorer_version: 1, stage: 'AFTER', action: 'VALIDATION' },
    }),
  },
  createGatewayModelDefinition: {
    values: (f) => ({ body: { name: f.name('definition'), provider: 'openai', model_name: 'gpt-4o' } }),
  },
  createGatewaySecret: {
    values: (f) => ({
      body: { secret_name: f.name('secret'), secret_value: { api_key: f.name('sk') }, provider: 'openai' },
    }),
  },
  deleteBudgetPolicy: {},
  deleteEndpointBinding: {
    kinds: { 'body.resource_id': 'bound-scorer' },
    values: () => ({ body: { resource_type: 'scorer' } }),
  },
  deleteGatewayEndpoint: {},
  deleteGatewayEndpointTag: { values: () => ({ body: { key: 'note' } }) },
  deleteGatewayGuardrail: {},
  deleteGatewayModelDefinition: {},
  deleteGatewaySecret: {},
  detachModelFromEndpoint: {
    kinds: { 'body.model_definition_id': 'second-gateway-model-definition' },
    before: async (f) =>
      f.do('attachModelToEndpoint', {
        body: {
          endpoint_id: await f.id('gateway-endpoint'),
          model_config: {
            model_definition_id: await f.id('second-gateway-model-definition'),
            linkage_type: 'FALLBACK',
            weight: 1,
            fallback_order: 1,
          },
        },
      }),
  },
  getBudgetPolicy: {},
  getGatewayEndpoint: {
    also: ['query.endpoint_id'],
    kinds: { 'query.name': 'gateway-endpoint-name' },
    instead: { 'query.name': ['query.endpoint_id'] },
  },
  getGatewayGuardrail: {},
  getGatewayModelDefinition: {},
  getGatewayProviderConfig: { values: () => ({ query: { provider: 'openai' } }) },
  getGatewaySecretInfo: { kinds: { 'query.secret_name': 'gateway-secret-name' } },
  getGatewaySecretsConfig: {},
  listBudgetPolicies: {},
  listBudgetWindows: {},
  listEndpointBindings: { before: (f) => f.id('bound-scorer') },
  listEndpointGuardrailConfigs: {},
  listGatewayEndpoints: {},
  listGatewayGuardrails: {},
  listGatewayModelDefinitions: {},
  listGatewaySecretInfos: {},
  listGatewaySupportedModels: {},
  listGatewaySupportedProviders: {},
  removeGuardrailFromEndpoint: {
    before: async (f) =>
      f.do('addGuardrailToEndpoint', {
        body: {
          endpoint_id: await f.id('gateway-endpoint'),
          guardrail_id: await f.id('gateway-guardrail'),
        },
      }),
  },
  setGatewayEndpointTag: { values: (f) => ({ body: { key: 'new', value: f.text('tag') } }) },
  updateBudgetPolicy: { values: () => ({ body: { budget_amount: 2 } }) },
  updateEndpointGuardrailConfig: {
    spends: true,
    before: async (f) =>
      f.do('addGuardrailToEndpoint', {
        body: {
          endpoint_id: await f.id('gateway-endpoint'),
          guardrail_id: await f.id('gateway-guardrail'),
        },
      }),
    values: () => ({ body: { execution_order: 2 } }),
  },
  updateGatewayEndpoint: {
    spends: true,
    values: (f) => ({ body: { name: f.name('renamed') } }),
    variants: {
      'body.model_configs[].model_definition_id': async (f) => ({
        body: {
          endpoint_id: await f.id('gateway-endpoint'),
          model_configs: [{ linkage_type: 'PRIMARY', weight: 1 }],
        },
      }),
    },
  },
  updateGatewayModelDefinition: { values: (f) => ({ body: { name: f.name('renamed') } }) },
  updateGatewaySecret: { values: (f) => ({ body: { secret_value: { api_key: f.name('sk') } } }) },

  anthropicPassthroughMessages: {
    kinds: { 'body.model': 'anthropic-endpoint-name' },
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: { ...MESSAGES, max_tokens: 5 } }),
  },
  gatewayChatCompletions: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: MESSAGES }),
  },
  gatewayInvocations: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: MESSAGES }),
  },
  gatewayListModels: { before: (f) => f.id('gateway-endpoint') },
  gatewayProxy: {
    harmless: true,
    values: () => ({ body: { gateway_path: 'api/2.0/endpoints/', json_data: {} } }),
  },
  gatewayProxyByGet: { harmless: true, values: () => ({ query: { gateway_path: 'api/2.0/endpoints/' } }) },
  gatewayRawProxy: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ path: { path: 'v1/chat/completions' }, body: MESSAGES }),
  },
  geminiPassthroughGenerateContent: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: CONTENTS }),
  },
  geminiPassthroughStreamGenerateContent: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: CONTENTS }),
  },
  openaiPassthroughChat: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: MESSAGES }),
  },
  openaiPassthroughEmbeddings: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: { input: 'hello' } }),
  },
  openaiPassthroughResponses: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: { input: 'hello' } }),
  },
  openaiPassthroughResponsesCompact: {
    kinds: BY_NAME,
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: { input: 'hello' } }),
  },
  typesafePassthroughSystemOne: {
    kinds: { 'body.model': 'typesafe-endpoint-name' },
    harmless: true,
    before: (f) => f.id('gateway-endpoint'),
    values: () => ({ body: MESSAGES }),
  },
};
