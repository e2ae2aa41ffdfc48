import { gzipSync } from 'node:zlib';
import type { FieldClass } from '../../../src/catalog/types.ts';
import { ATTACKS } from '../../../src/tenancy/tags/filter/testing/attacks.ts';
import { absentId } from '../../mlflow/conformance/absent.ts';
import { field } from '../../mlflow/otlp.ts';
import type { Random } from '../random.ts';

/** What is known of the team whose data must not be seen, and of the attackers' own. */
export interface Targets {
  /** Ids of the other team by kind. */
  readonly foreign: ReadonlyMap<string, string>;
  readonly own: ReadonlyMap<string, string>;
  readonly filters: readonly string[];
  readonly paths: readonly string[];
  readonly uris: readonly string[];
}

/** A JSON value as text, which need not be valid JSON. */
export type Fragment = string;

const text = (value: string): Fragment => JSON.stringify(value);

const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '0',
  ' 3',
  '03',
  '+3',
  '0_3',
  '٣',
  '../..',
  '%2e%2e',
  '%252f',
  '\u0000',
  '\ud800',
  '\ufeff1',
  "'; DROP TABLE runs; --",
  '{"a":1,"a":2}',
  '__proto__',
  'constructor',
  'null',
  'a\r\nX-MLFLOW-WORKSPACE: team-b',
];

const ODD_JSON: readonly Fragment[] = [
  'null',
  'true',
  '{}',
  '[]',
  '[[]]',
  '-1',
  '1e400',
  '1e-400',
  '9223372036854775808',
  '123456789012345678901234567890',
  '0.1',
  'NaN',
  'Infinity',
  '-0',
  '"\\ud800"',
  '{"a":1,"a":2}',
  '{"__proto__":{}}',
  `${'['.repeat(150)}${']'.repeat(150)}`,
  `${'{"a":'.repeat(120)}1${'}'.repeat(120)}`,
];

const TAG_KEYS: readonly string[] = [
  'tenant',
  'Tenant',
  'tenant ',
  'ténant',
  'mlflow.artifactLocation',
  'mlflow.trace.spansLocation',
  'mlflow.issueDetection.schedule',
  'mlflow.issueDetection.scheduleState',
  'mlflow.someNewOrder',
  'mlflow.parentRunId',
];

const SCORERS: readonly string[] = [
  '{"x":NaN,"model":"g\\u0061teway:/gpt"}',
  '{"model":"gateway:/gpt"}',
  '\ufeff{"model":"gateway:/gpt"}',
  '{"model":"a","model":"GATEWAY:/gpt"}',
  '{"model":"gate\\nway:/gpt"}',
  '{"a":Infinity,"b":{"model":"\\u0067ateway:/gpt"}}',
  "{'model':'gateway:/gpt'}",
  '// x\n{"model":"gateway:/gpt"}',
];

/** A value for a place of the given class: another team's, a missing one, or one that is nothing of the kind. */
export function hostileValue(random: Random, policy: FieldClass, targets: Targets): Fragment {
  // A text of a field that means nothing would be taken as it is.
  const roll = policy.class === 'opaque' ? random.next() / 3 : random.next();
  if (roll < 0.2) return random.one(ODD_JSON);
  if (roll < 0.35) return text(random.one(ODD_TEXTS));
  if (roll < 0.37) return text('x'.repeat(random.one([300, 5_000, 70_000])));
  if (roll < 0.4) return manyOf(random, text(random.one(ODD_TEXTS)));
  return text(textFor(random, policy, targets));
}

/** The text of a value, where the place is not in JSON. */
export function textFor(random: Random, policy: FieldClass, targets: Targets): string {
  switch (policy.class) {
    case 'reference':
    case 'new-name':
    case 'mention': {
      const known = random.chance(0.6) ? targets.foreign : targets.own;
      return (random.chance(0.8) ? known.get(policy.kind) : undefined) ?? absentId(policy.kind);
    }
    case 'filter':
      return random.chance(0.5) ? random.one(targets.filters) : random.one(ATTACKS);
    case 'tag-key':
      return random.one(TAG_KEYS);
    case 'tags-json':
      return `{${JSON.stringify(random.one(TAG_KEYS))}:"team-b"}`;
    case 'artifact-path':
    case 'file-name':
      return random.one(targets.paths);
    case 'storage-uri':
      return random.one(targets.uris);
    case 'scorer-json':
      return random.one(SCORERS);
    case 'tenant':
      return random.one(['team-b', 'default', 'team-a', '']);
    default:
      return random.one(random.chance(0.5) ? ODD_TEXTS : ['1', 'x', 'team-b']);
  }
}

function manyOf(random: Random, item: Fragment): Fragment {
  const count = random.one([2, 50, 1_001, 5_000]);
  return `[${Array.from({ length: count }, () => item).join(',')}]`;
}

/** OTLP bodies that are small on the wire and large in memory. */
export const BOMBS: readonly {
  readonly name: string;
  readonly body: () => Buffer;
  readonly encoding: string;
}[] = [
  { name: 'empty spans', body: once(() => gzipSync(spans(4 * 1024 * 1024))), encoding: 'gzip' },
  { name: 'zeros', body: once(() => gzipSync(Buffer.alloc(15 * 1024 * 1024))), encoding: 'gzip' },
  {
    name: 'many members',
    body: once(() => Buffer.concat(Array.from({ length: 200 }, () => gzipSync(spans(64 * 1024))))),
    encoding: 'gzip',
  },
];

/** A body of that many bytes of spans without content: field 2 of ScopeSpans, length 0. */
function spans(bytes: number): Buffer {
  return field(1, field(2, Buffer.alloc(bytes, Buffer.from([0x12, 0x00]))));
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
