/**
 * A stub of MLflow that responds immediately, so that a measurement shows only the server in front of it:
 * `node bench/stub-upstream.ts SOCKET PORT` serves the same on both until it is stopped.
 */
import { createServer, type RequestListener } from 'node:http';
import { getExperimentAnswer, getRunAnswer, searchRunsAnswer, WORKSPACE } from './shapes.ts';

const JSON_ANSWERS: Readonly<Record<string, unknown>> = {
  '/health': 'OK',
  // The gateway's own requests.
  '/api/3.0/mlflow/server-info': { store_type: 'SqlStore', workspaces_enabled: true },
  [`/api/3.0/mlflow/workspaces/${WORKSPACE}`]: { workspace: { name: WORKSPACE } },
  '/api/3.0/mlflow/workspaces/team-b': { workspace: { name: 'team-b' } },
  '/api/2.0/mlflow/experiments/search': {},
  '/api/2.0/mlflow/experiments/get': getExperimentAnswer(),
  '/api/2.0/mlflow/runs/get': getRunAnswer(),
  '/api/2.0/mlflow/runs/search': searchRunsAnswer(),
  '/api/2.0/mlflow/runs/log-metric': {},
  '/api/2.0/mlflow/runs/log-batch': {},
};

// MLflow indents its JSON.
const answers = new Map(
  Object.entries(JSON_ANSWERS).map(([path, body]) => [path, Buffer.from(JSON.stringify(body, null, 2))]),
);
const nothing = Buffer.from(
  '{"error_code": "ENDPOINT_NOT_FOUND", "message": "the stub has no such response"}',
);

const answer: RequestListener = (req, res) => {
  const { url = '' } = req;
  const query = url.indexOf('?');
  const body = answers.get(query < 0 ? url : url.slice(0, query));
  const send = (): void => {
    const headers = { 'content-type': 'application/json', 'content-length': (body ?? nothing).length };
    res.writeHead(body ? 200 : 404, headers).end(body ?? nothing);
  };
  if (req.method === 'GET') send();
  else req.resume().on('end', send);
};

const [socket, port] = process.argv.slice(2);
createServer({ keepAliveTimeout: 0 }, answer).listen(socket);
createServer({ keepAliveTimeout: 0 }, answer).listen(Number(port), '127.0.0.1');
