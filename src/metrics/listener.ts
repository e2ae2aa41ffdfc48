import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { guardConnections } from '../http/connections.ts';
import { LIMITS } from '../limits.ts';
import type { Metrics } from './metrics.ts';
import type { MlflowMetrics } from './mlflow-metrics.ts';

/** A scrape of Prometheus is one small request; a slower or larger request is not a scrape. */
const HEADERS_TIMEOUT_MS = LIMITS.metricsHeadTime.value * 1_000;
const MAX_HEADER_BYTES = LIMITS.metricsHeadBytes.value;
/** The path of MLflow's own metrics. */
const MLFLOWS = '/mlflow/metrics';

/**
 * Serves only the metrics, on a separate port: `GET /metrics`, and `GET /mlflow/metrics` if MLflow's own are configured.
 * Anyone who can reach the port can read all of them; they count requests and results, without callers. Request bodies
 * are never read.
 *
 * @param mlflow reads MLflow's own
 * @param onError called with internal errors, for which the caller gets 500 and no detail
 * @example
 * makeMetricsServer(metrics, (error) => log.error(error)).listen(9464);
 */
export function makeMetricsServer(
  metrics: Pick<Metrics, 'render'>,
  onError: (error: unknown) => void,
  mlflow?: Pick<MlflowMetrics, 'read'>,
): Server {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      insecureHTTPParser: false,
    },
    (req, res) => {
      answer(metrics, mlflow, req, res).catch((error: unknown) => {
        onError(error);
        if (res.headersSent) res.destroy();
        else end(res, 500, 'text/plain', 'The metrics could not be collected.\n');
      });
    },
  );
  guardConnections(server, { most: LIMITS.metricsConnections.value });
  return server;
}

async function answer(
  metrics: Pick<Metrics, 'render'>,
  mlflow: Pick<MlflowMetrics, 'read'> | undefined,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const path = req.url?.split('?', 1)[0];
  const ofMlflow = path === MLFLOWS;
  if (path !== '/metrics' && !ofMlflow) {
    end(res, 404, 'text/plain', `Only /metrics${mlflow ? ` and ${MLFLOWS} are` : ' is'} served here.\n`);
  } else if (req.method !== 'GET') {
    res.setHeader('allow', 'GET');
    end(res, 405, 'text/plain', 'Only GET is served here.\n');
  } else if (!ofMlflow) {
    const { type, text } = await metrics.render();
    end(res, 200, type, text);
  } else if (mlflow === undefined) {
    end(res, 404, 'text/plain', "MLflow's own metrics are served here with GW_METRICS_MLFLOW=true only.\n");
  } else {
    const { status, type, body } = await mlflow.read();
    end(res, status, type, body);
  }
}

function end(res: ServerResponse, status: number, type: string, body: string | Buffer): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  res.end(body);
}
