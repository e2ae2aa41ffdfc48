import { expect, it } from 'vitest';
import { denialOf } from '../http/testing.ts';
import { refuseServerUse, type ServerUse, serverUseOf, serverUseOfModel } from './scorer-json.ts';

const reached = (text: string): ServerUse[] => [...serverUseOf(text)];

it.each([
  ['{"model":"gateway:/gpt"}'],
  ['{"gateway:/gpt":1}'],
  ['{"a":[{"model":"GATEWAY:/gpt"}]}'],
  ['{"model":"gateway\\u003a/gpt"}'],
  ['{"model":"gate\\nway:/gpt"}'],
  ['{"inner":"{\\"model\\":\\"gateway\\\\u003a/gpt\\"}"}'],
  ['{"inner":"{\\"x\\":NaN,\\"model\\":\\"g\\\\u0061teway:/gpt\\"}"}'],
  ['{"inner":"{\\"a\\":\\"{\\\\\\"m\\\\\\":\\\\\\"g\\\\\\\\u0061teway:/gpt\\\\\\"}\\"}"}'],
  ['{"inner":"\'g\\\\x61teway:/gpt\'"}'],
])('finds an endpoint of the AI gateway in %s', (text) => {
  expect(reached(text)).toContain('gateway');
});

it.each([
  ['{"model":"endpoints:/chat"}'],
  ['{"model":"databricks:/chat"}'],
  ['{"model":"databricks"}'],
  ['{"model":"huggingface:/https://attacker.example/v1"}'],
  ['{"call_source":"import os"}'],
  ['{"ensemble_scorer_data":{"scorers":[{"call_source":"import os"}]}}'],
  ['{"d":{"model":"openai:/gpt","inference_params":{"api_base":"http://127.0.0.1:5100"}}}'],
  ['{"d":{"inference_params":{"extra_headers":{"x-mlflow-workspace":"other"}}}}'],
  ['{"d":{"inference_params":[["api_base","http://127.0.0.1:5100"]]}}'],
  ['{"third_party_scorer_data":{"kwargs":[["base_url","http://127.0.0.1:5100"]]}}'],
  ['{"gepa_kwargs":{"run_dir":"/srv/mlflow"}}'],
  ['{"lm_kwargs":{"anything_new":1}}'],
])('finds a use of the server’s own resources in %s', (text) => {
  expect(reached(text)).toContain('server');
});

it.each([
  [''],
  ['{"model":"openai:/gpt-4o","inference_params":{"temperature":0.1}}'],
  ['{"instructions":"Is the gateway right?","model":"gateways","call_source":null,"base_url":null}'],
  ['{"description":"see https://example.com/a"}'],
  ['{"text":"a backslash \\\\ at the end\\\\"}'],
])('finds nothing in %s', (text) => {
  expect(reached(text)).toEqual([]);
});

it('finds a provider that uses the server’s login', () => {
  expect([...serverUseOfModel('Gateway')]).toEqual(['gateway']);
  expect([...serverUseOfModel('endpoints')]).toEqual(['server']);
  expect([...serverUseOfModel('https://attacker.example')]).toEqual(['server']);
  expect([...serverUseOfModel('gpt-4o')]).toEqual([]);
});

it('treats endlessly nested escapes as a use of the server’s own resources', () => {
  expect(reached(JSON.stringify({ a: `\\${'u005c'.repeat(1 << 15)}` }))).toEqual(['gateway', 'server']);
  expect(reached(JSON.stringify({ a: '\\'.repeat(1 << 17) }))).toEqual([]);
});

it('leaves AI gateway endpoints to MLflow under `workspaces`, and refuses the server’s own resources under each strategy', () => {
  const use = (value: string) =>
    [{ policy: { class: 'scorer-json' }, at: 'serialized_scorer', value }] as const;
  const gateway = use('{"model":"gateway:/gpt"}');
  const endpoints = use('{"model":"endpoints:/gpt"}');
  expect(refuseServerUse(gateway, false, 'workspace')).toBeUndefined();
  expect(denialOf(() => refuseServerUse(gateway, false, 'server')).reason).toBe('platform_admin_only');
  expect(denialOf(() => refuseServerUse(endpoints, false, 'workspace')).reason).toBe('platform_admin_only');
  expect(refuseServerUse(endpoints, true, 'server')).toBeUndefined();
});
