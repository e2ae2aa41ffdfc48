import { describe, expect, test } from 'vitest';
import { allowForeignNames, renderNames } from './names.ts';

const VALUES = `
# -- How.
mode: standalone
service:
  # -- Its port.
  port: 80
# -- All of it.
resources:
  limits: {cpu: 1}
`;

describe('chart/names.json', () => {
  test('has the defaults of values that apply to one kind of installation', () => {
    const names = renderNames(
      'foreign: {auth: "no"}\nonly: [{path: service, for: own, say: x}, {path: resources, for: own, say: y}]',
      VALUES,
    );
    expect(JSON.parse(names)).toMatchObject({
      foreign: { auth: 'no' },
      only: [
        { path: 'service.port', default: 80, for: 'own', say: 'x' },
        { path: 'resources', default: { limits: { cpu: 1 } }, for: 'own', say: 'y' },
      ],
      variables: { AUTH_MODE: 'GW_AUTH_MODE' },
    });
  });

  test('leaves out values that apply everywhere', () => {
    const values = `${VALUES}\nmlflow:\n  # -- A.\n  a: 1\n  # -- B.\n  b: 2\n`;
    const table = 'foreign: {}\nonly: [{path: mlflow, except: [mlflow.a], for: own, say: x}]';
    expect(JSON.parse(renderNames(table, values)).only).toEqual([
      { path: 'mlflow.b', default: 2, for: 'own', say: 'x' },
    ]);
  });

  test.each([
    [
      'a foreign name that is a value of this chart',
      'foreign: {service: x}\nonly: []',
      /foreign, and in chart.*service/,
    ],
    [
      'a name that is not a value of this chart',
      'foreign: {}\nonly: [{path: servcie, for: own, say: x}]',
      /has no servcie/,
    ],
  ])('reports %s', (_what, names, message) => {
    expect(() => renderNames(names, VALUES)).toThrow(message);
  });
});

describe('the schema', () => {
  test('accepts foreign names, with the sentence for editors', () => {
    const schema = { properties: { service: { properties: {} } } };
    allowForeignNames(schema, 'foreign: {auth: "is off", service.name: "write x"}\nonly: []');
    expect(schema).toEqual({
      properties: {
        auth: { description: 'Refused: is off.' },
        service: { properties: { name: { description: 'Refused: write x.' } } },
      },
    });
  });

  test('must have the parent of a foreign name', () => {
    const schema = { properties: {} };
    expect(() => allowForeignNames(schema, 'foreign: {a.b: x}\nonly: []')).toThrow(/the schema has no a\.b/);
  });
});
