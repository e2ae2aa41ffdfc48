import { describe, expect, it } from 'vitest';
import { collationFold } from './collation.ts';

describe('collationFold', () => {
  // Each pair is equal by one of utf8mb4_0900_ai_ci (MySQL 8), utf8mb4_uca1400_ai_ci and utf8mb4_general_ci (MariaDB).
  it.each([
    ['tenant', 'TENANT'],
    ['tenant', 'ténant'],
    ['tenant', 'te\ua7a5ant'],
    ['tenant', '\ua787enant'],
    ['tenant', 'ten\u200bant'],
    ['tenant', 'tenant \u0000'],
    ['tenant', 'ｔｅｎａｎｔ'],
    ['mlflow', 'm\u0142flow'],
    ['owner', '\u00d8WNER'],
    ['aether', 'Æther'],
    ['strasse', 'straße'],
    ['strasse', 'STRAẞE'],
    ['v1', 'v\u0661'],
    ['file', 'ﬁle'],
    ['tenant', 'ten\u0640ant\u0824'],
    ['tenant', 't\u0364nant'],
    ['tenant', 'tenant\u0345'],
    ['stage', 'ßtage'],
    ['\u013fodz', 'lodz'],
  ])('%j is %j', (a, b) => {
    expect(collationFold(b)).toBe(collationFold(a));
  });

  it.each([
    ['tenant', 'tenants'],
    ['tenant', 'tenan'],
    ['tenant', 'mlflow.tenant'],
    ['a_b', 'a.b'],
    ['名前', '名'],
    ['модель', 'model'],
    ['v1', 'v2'],
  ])('%j is not %j', (a, b) => {
    expect(collationFold(b)).not.toBe(collationFold(a));
  });
});
