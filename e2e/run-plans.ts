import { readFileSync } from 'node:fs';
import { openProofs } from './charts/proofs.ts';
const d = JSON.parse(readFileSync('/tmp/plans.json', 'utf8')) as { name: string; p: any[] }[];
const count = new Map<string, number>(); const names = new Map<string, string>();
for (const x of d) for (const p of x.p) { const k = JSON.stringify(p); count.set(k, (count.get(k) ?? 0) + 1); names.set(k, `${names.get(k) ?? ''} ${x.name}`); }
const ordered = [...count].sort((a, b) => b[1] - a[1]).map(([k]) => JSON.parse(k));
const proofs = openProofs('/tmp/tbl', '/tmp/charts-results.json', 2);
await proofs.run(ordered, (done, all, p) => console.log(new Date().toISOString(), done, all, p.readyAfter, p.problems.join('; ').slice(0, 400)));
for (const p of ordered) { const r = proofs.of(p)!; if (r.problems.length) console.log('FAIL', names.get(JSON.stringify(p))!.slice(0, 200), r.problems); }
console.log('ALL DONE');
