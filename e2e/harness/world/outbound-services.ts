import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What MLflow calls out to in the suite: model providers and webhook receivers, all answered on loopback. */
export interface Outside {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  stop(): Promise<void>;
}

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2, input_tokens: 1, output_tokens: 1 };

/** Starts a server that answers every provider call with a small valid answer, and anything else with `{}`. */
export async function startOutside(): Promise<Outside> {
  const server = createServer((req, res) => {
    req.resume().on('end', () => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify(answerTo(req.url ?? '')));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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
