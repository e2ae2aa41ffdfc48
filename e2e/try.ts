import { planOf } from './charts/run/plan.ts';
import { runPod } from './charts/run/run-pod.ts';
import { ROWS } from './charts/rows.ts';
import { findChart } from './charts/sources.ts';
import { podsOf } from './charts/pods-of.ts';
import { injectPatch } from '../src/inject/patch.ts';
import { readPod } from '../src/inject/pod.ts';
import { readSettings } from '../src/inject/settings.ts';
import { applyPatch } from '../src/inject/testing/apply.ts';
const charts = { official: findChart('official', '/tmp/tc'), community: findChart('community', '/tmp/tc') };
for (const [id, o] of [['default','official'],['default','community'],['gunicorn-loopback','community']] as const) {
  const r = (await podsOf(ROWS.find((x) => x.id === id)!, o, charts))!;
  const pod = r.pods[0]!.pod;
  const settings = readSettings(JSON.stringify({ gateway: { env: [{name:'GW_OIDC_ISSUER',value:'https://x'}]}}), 'gw');
  const { patch } = injectPatch(readPod(pod), settings);
  const plan = planOf(applyPatch(pod, patch) as never, r.data, false);
  if (id==='default' && o==='official') console.log(JSON.stringify(plan, null, 1));
  console.log(id, o, await runPod(plan));
}
