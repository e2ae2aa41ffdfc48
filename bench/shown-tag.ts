/**
 * What leaving the tenant tag out of an answer costs: a search of 1,000 runs at a real MLflow, straight, and through two
 * gateways, of which one shows the tag. `node bench/shown-tag.ts` takes two minutes and prints a table in Markdown.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoIdp } from '../dev/demo-idp.ts';
import type { Fetch } from '../dev/http.ts';
import { startMlflow } from '../dev/mlflow-server.ts';
import { type Contender, direct, startFullGateway } from './contender.ts';
import { cpuMicroseconds } from './cpu-time.ts';
import { median } from './stats.ts';

const RUNS = 1_000;
const AT_ONCE = 8;
const ROUNDS = 20;
const API = '/api/2.0/mlflow';
const TENANT = 'team-a';

const dir = mkdtempSync(join(tmpdir(), 'shown-tag-'));
const idp = await startDemoIdp();
const mlflow = await startMlflow({ dir: join(dir, 'mlflow'), workspaces: false, listen: { port: 0 } });
try {
  const experiment = await writeRuns(mlflow.fetch);
  const env = { GW_TENANCY: 'tags' };
  const start = (name: string, more: Record<string, string>) =>
    startFullGateway(name, mlflow.address, dir, idp, { ...env, ...more });
  const contenders = [
    direct('direct', mlflow.address),
    await start('shown', { GW_SHOW_TENANT_TAG: 'true' }),
    await start('hidden', {}),
  ];
  const token = await idp.token('alice-contributor');
  const json = { experiment_ids: [experiment], max_results: RUNS };
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
      // The first warms up.
      if (round > 0) ms.push(performance.now() - began);
      if (before && round > 0) cpu.push((cpuMicroseconds(contender.pid!)! - before) / 1000);
      const tags = text.split('"tenant"').length - 1;
      if (tags !== (contender.name === 'hidden' ? 0 : RUNS))
        throw new Error(`${contender.name} answers something else: ${text.slice(0, 200)}`);
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
  await mlflow.stop();
  await idp.stop();
  rmSync(dir, { recursive: true, force: true });
}
process.exit();

/** Runs as a training has them: ten metrics, five parameters, the usual tags. */
async function writeRuns(send: Fetch): Promise<string> {
  const post = async (path: string, json: unknown): Promise<Record<string, never>> =>
    (await (await send(`${API}/${path}`, { json })).json()) as Record<string, never>;
  const own = { key: 'tenant', value: TENANT };
  const { experiment_id } = await post('experiments/create', { name: 'many', tags: [own] });
  let left = RUNS;
  const write = async (): Promise<void> => {
    while (left-- > 0) {
      const made = (await post('runs/create', { experiment_id, tags: [own] })) as Record<string, unknown>;
      const { run_id } = (made.run as { info: { run_id: string } }).info;
      await post('runs/log-batch', {
        run_id,
        metrics: Array.from({ length: 10 }, (_, i) => ({
          key: `m${i}`,
          value: i / 7,
          timestamp: 1,
          step: i,
        })),
        params: Array.from({ length: 5 }, (_, i) => ({ key: `p${i}`, value: String(i) })),
        tags: Array.from({ length: 5 }, (_, i) => ({ key: `mlflow.source.t${i}`, value: `value ${i}` })),
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
  return experiment_id!;
}
