import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Field, Operation } from '../../../src/catalog/types.ts';
import { toWire } from '../../harness/requests/draft.ts';
import { hasNoHandler, isServed } from '../../harness/requests/served-operations.ts';
import type { Answer, Caller } from '../../harness/wire-caller.ts';
import { HERE } from '../../harness/world/world.ts';
import { ordinaryDraft } from '../examples/index.ts';
import { sampled } from '../sample.ts';
import type { SuiteContext } from '../suite-context.ts';

/**
 * Null at each field of the operations to which it is a value: where it is sent, MLflow answers as to the same request straight at it and
 * the response has the same value; where the gateway refuses it, MLflow does too.
 */
export function nulls(context: SuiteContext): void {
  const operations = sampled(OPERATIONS).filter(
    (operation) =>
      operation.nulls === true &&
      isServed(operation) &&
      !hasNoHandler(operation) &&
      context.strategy.rule(operation) !== 'server-feature' &&
      context.strategy.rule(operation) !== 'pending',
  );
  // Vitest refuses a group without tests; an older MLflow, or a sample, may have none of these operations.
  if (operations.length === 0) return;
  describe('null as a value', () => {
    test.each(operations.map((operation) => [operation.id, operation] as const))(
      '%s',
      async (_, operation) => {
        const problems: string[] = [];
        for (const field of operation.bodyFields) {
          const problem = await problemAt(context, operation, field);
          if (problem !== undefined) problems.push(`${field.name}: ${problem}`);
        }
        expect(problems).toEqual([]);
      },
    );
  });
}

async function problemAt(
  context: SuiteContext,
  operation: Operation,
  { name, nullable, type, repeated }: Field,
): Promise<string | undefined> {
  const { strategy, world, tally } = context;
  let clears = false;
  const send = async (call: Caller): Promise<Answer> => {
    // A request that makes something can be sent once only.
    const own = await ordinaryDraft(operation, context.familyFor(operation));
    const others = operation.method === 'PATCH' ? {} : own.body;
    // The ordinary change gives the field a value for null to clear.
    if (operation.method === 'PATCH') {
      await call(toWire(own));
      clears = own.body !== undefined && Object.hasOwn(own.body, name);
    }
    return call(toWire({ ...own, body: { ...others, [name]: null } }));
  };
  const role = strategy.rule(operation) === 'platform-admin' ? 'platform-admin' : 'admin';
  const answer = await send(world.as[role]);
  const direct = await send(world.direct(HERE));
  if (nullable === true || (type === 'any' && !repeated)) {
    tally.add('nulls sent');
    if (answer.reason !== undefined || answer.status !== direct.status)
      return `${answer}, and MLflow itself ${direct}`;
    // MLflow may show another value in place of a cleared one: the description of an MCP server with versions.
    if (clears && answer.ok && valueAfter(answer, name) === 'null') tally.add('values cleared by null');
    return valueAfter(answer, name) === valueAfter(direct, name)
      ? undefined
      : `${answer} has another value than MLflow's ${direct}`;
  }
  tally.add('nulls refused');
  if (answer.reason !== 'invalid_field') return `sent: ${answer}`;
  return direct.ok ? `MLflow itself accepts it: ${direct}` : undefined;
}

/** The value that the response shows for a field, as JSON. */
const valueAfter = (answer: Answer, name: string): string =>
  answer.ok && Object.hasOwn(answer.json, name) ? JSON.stringify(answer.json[name]) : '';
