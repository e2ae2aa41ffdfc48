/**
 * The cost of removing the tenant tag from a response: a search of 1,000 runs through two gateways in turn, one of which shows the tag,
 * in front of an MLflow that answers immediately. `node bench/shown-tag.ts` takes some seconds and prints a table.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoIdp } from '../dev/demo-idp.ts';
import { type Contender, direct, startFullGateway } from './contender.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { median } from './stats.ts';

const RUNS = 1_000;
const ROUNDS = 20;
const API = '/api/2.0/mlflow';
const TENANT = 'team-a';

const dir = mkdtempSync(join(tmpdir(), 'shown-tag-'));
const idp = await startDemoIdp();
const mlflow = await startAnswers();
try {
  const env = { GW_TENANCY: 'tags' };
  const start = (name: string, more: Record<string, string>) =>
    startFullGateway(name, mlflow.address, dir, idp, { ...env, ...more });
  const contenders = [
    direct('direct', mlflow.address),
    await start('shown', { GW_SHOW_TENANT_TAG: 'true' }),
    await start('hidden', {}),
  ];
  const token = await idp.token('alice-contributor');
  const json = { experiment_ids: ['1'], max_results: RUNS };
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  };
  const search = async ({ target }: Contender): Promise<string> => {
    const at = 'host' in target ? `${target.host}:${target.port}` : '';
    return (await fetch(`http://${at}${API}/runs/search`, init)).text();
  };
  const rows = contenders.map((contender) => ({ contender, ms: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { contender, ms, cpu } of rows) {
      const before = contender.pid && cpuMicroseconds(contender.pid);
      const began = performance.now();
      const text = await search(contender);
      // The first round is a warm-up.
      if (round > 0) ms.push(performance.now() - began);
      if (before && round > 0) cpu.push((cpuMicroseconds(contender.pid!)! - before) / 1000);
      const tags = text.split('"tenant"').length - 1;
      if (tags !== (contender.name === 'hidden' ? 0 : RUNS))
        throw new Error(`${contender.name} answers with another body: ${text.slice(0, 200)}`);
      if (round === 0) process.stderr.write(`${contender.name}: ${text.length} characters\n`);
    }
  }
  const shown = rows[1]!;
  const lines = rows.map(({ contender: { name }, ms, cpu }) => {
    const ratio = median(ms.map((one, i) => one / shown.ms[i]!));
    const used = cpu.length > 0 ? median(cpu).toFixed(1) : '-';
    return `| ${name} | ${median(ms).toFixed(0)} | ${ratio.toFixed(2)} | ${used} |`;
  });
  process.stdout.write(`| who | ms | of shown | CPU ms |\n| --- | --: | --: | --: |\n${lines.join('\n')}\n`);
} finally {
  mlflow.server.close();
  await idp.stop();
  rmSync(dir, { recursive: true, force: true });
}
process.exit();

/** An MLflow that answers immediately, with runs like those of a training: ten metrics, five parameters, six tags. */
async function startAnswers(): Promise<{ server: Server; address: string }> {
  const own = { key: 'tenant', value: TENANT };
  const run = (n: number) => ({
    info: { run_id: n.toString(16).padStart(32, '0'), experiment_id: '1', status: 'FINISHED', start_time: n },
    data: {
      metrics: Array.from({ length: 10 }, (_, i) => ({ key: `m${i}`, value: i / 7, timestamp: 1, step: i })),
      params: Array.from({ length: 5 }, (_, i) => ({ key: `p${i}`, value: String(i) })),
      tags: [own, ...Array.from({ length: 5 }, (_, i) => ({ key: `mlflow.t${i}`, value: `value ${i}` }))],
    },
  });
  const answers: Record<string, unknown> = {
    '/health': 'OK',
    '/api/3.0/mlflow/server-info': { store_type: 'SqlStore', workspaces_enabled: false },
    [`${API}/experiments/get`]: { experiment: { experiment_id: '1', name: 'many', tags: [own] } },
    [`${API}/runs/search`]: { runs: Array.from({ length: RUNS }, (_, n) => run(n)) },
  };
  // MLflow indents its JSON.
  const written = new Map(
    Object.entries(answers).map(([path, one]) => [path, Buffer.from(JSON.stringify(one, null, 2))]),
  );
  const server = createServer((req, res) => {
    const body = written.get(req.url!.split('?')[0]!) ?? Buffer.from('{}');
    req.resume().on('end', () => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
