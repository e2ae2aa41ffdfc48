// Runs in a pod, under Node, and sends requests over the network like any other pod. One JSON argument is the task:
//   {"ask": REQUEST}                          one request: {status, headers, text} or {error}
//   {"load": REQUESTS, "clients"}             requests one after another, by several clients with separate connections, until the
//                                             standard input ends; prints "loaded" when each client has had a 200. "{serial}" in a
//                                             request becomes unique; "made" in the result are those that got a 200
//   {"scan": HOST, "from", "to"}              the TCP ports of a host that accept a connection
// REQUEST: {url, method?, headers?, json?, form?, ca?, at?, timeoutMs?}; `at` is an address to connect to
import { Agent, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { connect } from 'node:net';

const TIMEOUT_MS = 30_000;
const UNDER_LOAD_MS = 5_000;
/** How long clients try for a success after the end. */
const GIVE_UP_MS = 60_000;

function ask({ url, method, headers = {}, json, form, ca, at, timeoutMs = TIMEOUT_MS }, agent) {
  const body =
    json !== undefined ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : undefined;
  const type = json !== undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const all =
    body === undefined
      ? headers
      : { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers };
  const send = url.startsWith('https:') ? overHttps : overHttp;
  return new Promise((resolve) => {
    const request = send(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: at === undefined ? all : { host: new URL(url).host, ...all },
      agent,
      ...(at === undefined ? {} : { hostname: at, servername: new URL(url).hostname }),
      ...(ca === undefined ? {} : { ca }),
    });
    const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
    const done = (answer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    request.on('error', (error) => done({ error: error.code ?? error.message }));
    request.on('response', (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', (error) => done({ error: error.code ?? error.message }));
      response.on('end', () =>
        done({
          status: response.statusCode,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.end(body);
  });
}

async function load({ load: requests, clients = 4 }) {
  const counts = {};
  const failures = [];
  const made = [];
  const numbered = new Set(requests.filter((request) => JSON.stringify(request).includes('{serial}')));
  let sent = 0;
  let gap = 0;
  let last = performance.now();
  let ending = false;
  process.stdin.once('end', () => {
    ending = true;
  });
  process.stdin.resume();
  let waiting = clients;
  const work = async (client) => {
    // Half of them keep their connection, as MLflow's client does within a session; half open one for each request.
    const agent = new Agent({ keepAlive: client % 2 === 0, maxSockets: 1 });
    const giveUp = () => ending && performance.now() - last > GIVE_UP_MS;
    let began = false;
    for (let i = client, done = false; !done; i++) {
      // Each client sends at least one request after the end, and ends with a success.
      const after = ending;
      const template = requests[i % requests.length];
      const serial = `${client}-${i}`;
      const request = numbered.has(template)
        ? JSON.parse(JSON.stringify(template).replaceAll('{serial}', serial))
        : template;
      const at = new Date();
      const { status, error, text } = await ask({ timeoutMs: UNDER_LOAD_MS, ...request }, agent);
      sent++;
      const what = String(status ?? error);
      counts[what] = (counts[what] ?? 0) + 1;
      if (status === 200) {
        if (numbered.has(template)) made.push(serial);
        gap = Math.max(gap, performance.now() - last);
        last = performance.now();
        if (!began && --waiting === 0) console.log('loaded');
        began = true;
        done = after;
      } else {
        if (failures.length < 20)
          failures.push({
            at: at.toISOString(),
            what,
            keeps: client % 2 === 0,
            text: text?.slice(0, 200),
          });
        done = giveUp();
        if (!done) await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  // The longest time without a successful response, including the time until the end.
  const longestGapMs = Math.round(Math.max(gap, performance.now() - last));
  return { sent, counts, failures, longestGapMs, made };
}

async function scan({ scan: host, from, to }) {
  const open = [];
  const one = (port) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      const timer = setTimeout(() => socket.destroy(), 3_000);
      socket.once('connect', () => {
        open.push(port);
        socket.destroy();
      });
      socket.once('error', () => {});
      socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  for (let port = from; port <= to; port += 500)
    await Promise.all(Array.from({ length: Math.min(500, to - port + 1) }, (_, i) => one(port + i)));
  return { open: open.sort((a, b) => a - b) };
}

const task = JSON.parse(process.argv[2]);
const answer = 'ask' in task ? await ask(task.ask) : 'load' in task ? await load(task) : await scan(task);
console.log(JSON.stringify(answer));
