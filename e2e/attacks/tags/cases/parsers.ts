import type { Fetch } from '../../../../dev/http.ts';
import { API, type Estate } from '../estate.ts';
import type { Attack } from './attack.ts';

type Raw = (victim: Estate, own: Estate) => string;

const sends = (
  name: string,
  effect: Attack['effect'],
  path: string | Raw,
  body: Raw,
  more: Parameters<Fetch>[1] = {},
): Attack => ({
  name,
  effect,
  send: (as, v, own) =>
    as(typeof path === 'string' ? path : path(v, own), {
      method: 'POST',
      ...more,
      headers: { 'content-type': 'application/json', ...more.headers },
      body: body(v, own),
    }),
});

/** What one parser reads as an own thing and MLflow as another's. */
export const PARSERS: readonly Attack[] = [
  sends(
    'a key twice',
    'changes',
    `${API}/runs/set-tag`,
    (v, own) => `{"run_id":"${own.run}","key":"k","value":"v","run_id":"${v.run}"}`,
  ),
  sends(
    'a key twice, once in escapes',
    'changes',
    `${API}/runs/set-tag`,
    (v, own) => `{"run_id":"${own.run}","key":"k","value":"v","run\\u005fid":"${v.run}"}`,
  ),
  sends(
    'the other spelling of a key',
    'passes',
    `${API}/runs/create`,
    (v) => `{"experimentId":"${v.experiment}"}`,
  ),
  sends(
    'a wrong type before the owner',
    'passes',
    `${API}/runs/create`,
    () => '{"experiment_id":"0","user_id":5,"tags":[{"key":"tenant","value":"team-a"}]}',
  ),
  sends(
    'a wrong type before the filter',
    'reads',
    `${API}/runs/search`,
    (v) => `{"experiment_ids":["${v.experiment}"],"run_view_type":{},"filter":"tags.tenant = 'team-a'"}`,
  ),
  sends('JSON inside a string', 'changes', `${API}/runs/set-tag`, (v) =>
    JSON.stringify(JSON.stringify({ run_id: v.run, key: 'k', value: 'v' })),
  ),
  sends(
    'UTF-16',
    'changes',
    `${API}/runs/set-tag`,
    (v) =>
      Buffer.from(JSON.stringify({ run_id: v.run, key: 'k', value: 'v' }), 'utf16le') as unknown as string,
  ),
  ...['%2003', '03', '+3', '0_3'].map(
    (spelling): Attack => ({
      name: `an experiment spelt as ${spelling}`,
      effect: 'passes',
      send: (as, v) => as(`${API}/experiments/get?experiment_id=${spelling.replace('3', v.experiment)}`),
    }),
  ),
  {
    name: 'a parameter twice',
    effect: 'reads',
    send: (as, v, own) => as(`${API}/runs/get?run_id=${v.run}&run_id=${own.run}`),
  },
  {
    name: 'a parameter twice, once encoded',
    effect: 'reads',
    send: (as, v, own) => as(`${API}/runs/get?run%5Fid=${v.run}&run_id=${own.run}`),
  },
  {
    name: 'a body on a GET',
    effect: 'reads',
    send: (as, v) =>
      as(`${API}/runs/get`, {
        method: 'GET',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ run_id: v.run }),
      }),
  },
  {
    name: 'an encoded route',
    effect: 'reads',
    send: (as, v) => as(`/api/2.0/mlflow/runs%2Fget?run_id=${v.run}`),
  },
  {
    name: 'a doubled slash before the route',
    effect: 'reads',
    send: (as, v) => as(`/${API}/runs/get?run_id=${v.run}`),
  },
];
