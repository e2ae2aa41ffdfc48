import { mkdtempSync } from 'node:fs';
import { startApiServer } from '../chart/tests/api-server.ts';
import { openAdmission } from './charts/admission.ts';
import { judgeRow } from './charts/judge.ts';
import { ROWS } from './charts/rows.ts';
import { findChart } from './charts/sources.ts';
import { METHODS, ORIGINS } from './charts/types.ts';
const charts = { official: findChart('official', '/tmp/tc'), community: findChart('community', '/tmp/tc') };
let t = performance.now(); const lap = (s: string) => { console.log(s, Math.round(performance.now() - t)); t = performance.now(); };
const server = await startApiServer(mkdtempSync('/tmp/api-'));
try {
lap('api');
const admission = await openAdmission(server);
lap('admission');
await Promise.all(ORIGINS.map(async (o) => { for (const row of ROWS) for (const m of METHODS) {
  const r = await judgeRow(row, o, m, charts as never, admission);
  if (!r) continue;
  const e: any = (row.expect instanceof RegExp || typeof row.expect === 'string') ? row.expect : row.expect?.[m] ?? 'works';
  const ok = e === 'works' ? r.kind === 'patched' : r.kind === 'refused' && e.test(r.message);
  console.log(ok ? 'ok ' : 'BAD', row.id, o, m, r.kind, r.kind === 'patched' ? r.warnings.join(' | ') : r.message.slice(0, 1500));
}}))
lap('rows');
} finally { await server.stop(); }
