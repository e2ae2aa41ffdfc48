// Traces by OpenTelemetry's exporter for JavaScript, plain and packed, and read again.
import { createRequire } from 'node:module';

const { MLFLOW_TRACKING_URI: server, NPM_FOLDER } = process.env;
const require = createRequire(`${NPM_FOLDER}/day.js`);
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { ROOT_CONTEXT, SpanStatusCode, trace } = require('@opentelemetry/api');

async function post(path, body) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}

const { experiment_id = '0' } = await post('/api/2.0/mlflow/experiments/create', { name: 'otlp-js' });
for (const compression of ['none', 'gzip']) {
  const exporter = new OTLPTraceExporter({
    url: `${server}/v1/traces`,
    headers: { 'x-mlflow-experiment-id': experiment_id },
    compression,
  });
  const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer('day');
  const parent = tracer.startSpan('answer', { attributes: { question: 'why', tags: ['a', 'b'] } });
  const child = tracer.startSpan('look up', {}, trace.setSpan(ROOT_CONTEXT, parent));
  child.setAttributes({ rows: 3, share: 0.5, ok: true }).addEvent('found', { n: 1 });
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'late' });
  child.end();
  parent.end();
  await provider.shutdown();
}
await post('/api/3.0/mlflow/traces/search', {
  locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } }],
  max_results: 10,
});
console.log('the day is over');
