import { createServer } from 'node:http';
import { type Loopback, listenOnLoopback } from '../../../dev/loopback.ts';

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, input_tokens: 1, output_tokens: 1 };

/**
 * Starts the services that MLflow calls in the suite, model providers and webhook receivers: a server that answers every provider call with a small valid answer, and anything else with `{}`.
 */
export async function startOutboundServices(): Promise<Loopback> {
  const server = createServer((req, res) => {
    req.resume().on('end', () => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify(answerTo(req.url ?? '')));
    });
  });
  return listenOnLoopback(server);
}

function answerTo(url: string): unknown {
  const common = { id: 'x', created: 1, model: 'small', usage: USAGE };
  if (url.includes('/chat/completions')) {
    const message = { role: 'assistant', content: 'hello' };
    return { ...common, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] };
  }
  if (url.includes('/embeddings')) {
    return { ...common, object: 'list', data: [{ object: 'embedding', index: 0, embedding: [0.5] }] };
  }
  if (url.includes('/messages')) {
    const content = [{ type: 'text', text: 'hello' }];
    return { ...common, type: 'message', role: 'assistant', content, stop_reason: 'end_turn' };
  }
  if (url.includes('/responses')) return { ...common, object: 'response', status: 'completed', output: [] };
  return {};
}
