import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';
import type { OutgoingRequest } from '../../upstream/types.ts';

/** The whole line with the tags strategy, before an MLflow that takes notes and knows whose some runs are. */
let gateway: InProcessGateway;
const asked: string[] = [];
let sent: OutgoingRequest | undefined;

beforeAll(async () => {
  gateway = await startInProcess({ GW_TENANCY: 'tags' });
  const { upstream } = gateway;
  const yes = upstream.ask.bind(upstream);
  upstream.ask = async (call) => {
    if (call.path.includes('/runs/get')) asked.push(call.path);
    if (call.path.includes('missing')) return { status: 404, headers: {}, body: Buffer.from('{}') };
    upstream.owner = call.path.includes('theirs') ? 'team-b' : 'team-a';
    return yes(call);
  };
  upstream.forward = async (_req, res, outgoing, _headers, { answered, confirm } = {}) => {
    sent = outgoing;
    await confirm?.();
    answered?.();
    res.writeHead(200).end();
    return { status: 200, bytesIn: 0, bytesOut: 0, aborted: false };
  };
});
afterAll(() => gateway.stop());

const id = (bytes: number): string => randomBytes(bytes).toString('hex');

async function exportSpan(
  run?: string,
): Promise<{ status: number; body: unknown; run: unknown; asked: number }> {
  sent = undefined;
  asked.length = 0;
  const span = { traceId: id(16), spanId: id(8), name: 'span', startTimeUnixNano: '1', endTimeUnixNano: '2' };
  const { status, body } = await gateway.send(
    'POST /v1/traces',
    ['X-MLflow-Experiment-Id: 101', ...(run === undefined ? [] : [`X-MLflow-Run-Id: ${run}`])],
    JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  );
  const headers = (sent as OutgoingRequest | undefined)?.headers;
  return { status, body, run: headers?.['x-mlflow-run-id'], asked: asked.length };
}

describe('the run beside spans', () => {
  it('is sent where it is the tenant’s', async () => {
    expect(await exportSpan('mine')).toEqual({ status: 200, body: {}, run: 'mine', asked: 1 });
    // It is remembered.
    expect(await exportSpan('mine')).toMatchObject({ run: 'mine', asked: 0 });
    expect(await exportSpan()).toMatchObject({ status: 200, run: undefined, asked: 0 });
  });

  it('is left out alike where it is another tenant’s and where it does not exist, each time it is named', async () => {
    const left = { status: 200, body: {}, run: undefined, asked: 1 };
    for (const run of ['theirs', 'missing', 'theirs', 'missing']) {
      expect(await exportSpan(run), run).toEqual(left);
      expect(sent?.headers).toMatchObject({ 'x-mlflow-experiment-id': '101' });
    }
  });

  it('is refused where it is no id', async () => {
    const { status, body } = await exportSpan('my run');
    expect(status).toBe(400);
    expect((body as { message: string }).message).toContain(
      'Invalid value "my run" for parameter \'x-mlflow-run-id\' supplied: expected a well-formed run id',
    );
    expect([sent, asked]).toEqual([undefined, []]);
  });
});
