import type { Family } from '../family.ts';
import { alongWith, type Makers, note } from './maker.ts';

/** What MLflow's AI gateway is configured with. */
export const AI_GATEWAY: Makers = {
  'gateway-secret': async (family) => {
    const secret_name = family.name('secret');
    const { json } = await family.do('createGatewaySecret', {
      body: {
        secret_name,
        secret_value: { api_key: `sk-${family.owner.marker}-key` },
        provider: 'openai',
        auth_config: { api_base: `${family.owner.outside}/v1` },
        created_by: family.name('user'),
      },
    });
    family.learn('gateway-secret-name', secret_name);
    return json.secret.secret_id;
  },

  'gateway-secret-name': alongWith('gateway-secret', 'gateway-secret-name'),

  'gateway-model-definition': async (family) => {
    const { json } = await family.do('createGatewayModelDefinition', {
      body: {
        name: family.name('definition'),
        secret_id: await family.id('gateway-secret'),
        provider: 'openai',
        model_name: family.name('llm'),
      },
    });
    return json.model_definition.model_definition_id;
  },

  'second-gateway-model-definition': (family) => {
    return AI_GATEWAY['gateway-model-definition']!(family);
  },

  'gateway-endpoint': async (family) => {
    const name = family.name('endpoint');
    const { json } = await family.do('createGatewayEndpoint', {
      body: {
        name,
        model_configs: [
          {
            model_definition_id: await family.id('gateway-model-definition'),
            linkage_type: 'PRIMARY',
            weight: 1,
          },
        ],
        experiment_id: await family.id('experiment'),
      },
    });
    family.learn('gateway-endpoint-name', name);
    const { endpoint_id } = json.endpoint;
    await family.do('setGatewayEndpointTag', { body: { endpoint_id, ...note(family) } });
    return endpoint_id;
  },

  'gateway-endpoint-name': alongWith('gateway-endpoint', 'gateway-endpoint-name'),

  'anthropic-endpoint-name': (family) => endpointFor(family, 'anthropic'),

  'typesafe-endpoint-name': (family) => endpointFor(family, 'typesafe'),

  'gateway-guardrail': async (family) => {
    const { json } = await family.do('createGatewayGuardrail', {
      body: {
        name: family.name('guardrail'),
        scorer_id: await family.id('scorer'),
        scorer_version: 1,
        stage: 'BEFORE',
        action: 'VALIDATION',
      },
    });
    return json.guardrail.guardrail_id;
  },

  'gateway-budget': async (family) => {
    const { json } = await family.do('createBudgetPolicy', {
      body: {
        budget_unit: 'USD',
        budget_amount: 10,
        duration: { unit: 'DAYS', value: 1 },
        target_scope: 'WORKSPACE',
        budget_action: 'ALERT',
        created_by: family.name('user'),
      },
    });
    return json.budget_policy.budget_policy_id;
  },

  /** The scorer bound to the family's AI-gateway endpoint. */
  'bound-scorer': async (family) => {
    const resource_id = await family.id('scorer');
    await family.do('createEndpointBinding', {
      body: { endpoint_id: await family.id('gateway-endpoint'), resource_type: 'scorer', resource_id },
    });
    return resource_id;
  },
};

/** An AI-gateway endpoint for another provider, with the family's secret; returns its name. */
async function endpointFor(family: Family, provider: string): Promise<string> {
  const definition = await family.do('createGatewayModelDefinition', {
    body: {
      name: family.name('definition'),
      secret_id: await family.id('gateway-secret'),
      provider,
      model_name: 'small',
    },
  });
  const { model_definition_id } = definition.json.model_definition;
  const name = family.name(provider);
  await family.do('createGatewayEndpoint', {
    body: { name, model_configs: [{ model_definition_id, linkage_type: 'PRIMARY', weight: 1 }] },
  });
  return name;
}
