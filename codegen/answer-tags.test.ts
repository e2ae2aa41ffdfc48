import { expect, it } from 'vitest';
import { answerTags } from './answer-tags.ts';
import type { Description } from './description.ts';

const tag = { type: 'object', properties: { key: { type: 'string' }, value: { type: 'string' } } };
const description = {
  components: {
    schemas: {
      'mlflow.Run': {
        type: 'object',
        properties: {
          data: { $ref: '#/components/schemas/mlflow.RunData' },
          parent: { $ref: '#/components/schemas/mlflow.Run' },
        },
      },
      'mlflow.RunData': { type: 'object', properties: { tags: { type: 'array', items: tag } } },
      'fastapi.Server': {
        type: 'object',
        properties: { tags: { type: 'object', additionalProperties: { type: 'string' } } },
      },
    },
  },
} as unknown as Description;

it('finds lists, maps and texts of tags in a response, below lists and references', () => {
  const answer = {
    type: 'object',
    properties: {
      runs: { type: 'array', items: { $ref: '#/components/schemas/mlflow.Run' } },
      server: { anyOf: [{ $ref: '#/components/schemas/fastapi.Server' }, { type: 'null' }] },
      dataset: { type: 'object', properties: { tags: { type: 'string' } } },
      count: { type: 'object', properties: { tags: { type: 'integer' } } },
    },
  };
  expect(answerTags(description, answer)).toEqual([
    { path: ['runs', 'data', 'tags'], form: 'list', leftOut: true },
    { path: ['server', 'tags'], form: 'map' },
    { path: ['dataset', 'tags'], form: 'json' },
  ]);
});

it('finds no tags in a response that is not JSON', () => {
  expect(answerTags(description, undefined)).toEqual([]);
});
