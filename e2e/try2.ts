import { mkdtempSync } from 'node:fs';
import { startApiServer } from '../chart/tests/api-server.ts';
import { openAdmission } from './charts/admission.ts';
import { judgeRow } from './charts/judge.ts';
import { differs, expectedOf } from './charts/expected.ts';
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
  const d = differs(r, expectedOf(row, o, m));
  console.log(d === undefined ? 'ok ' : 'BAD', row.id, o, m, d ?? (r.kind === 'patched' ? r.warnings.join(' | ') : r.message));
}}))
lap('rows');
} finally { await server.stop(); }
