import { NOT_SERVED } from './not-served.ts';
import { REASONS } from './reasons.ts';

/** docs/clients-other.md around its table. */
export function pageOf(table: string, mlflow: string): string {
  const reasons = REASONS.map(({ name, because }) => `- **${name}**: ${because}.`).join('\n');
  return `# Clients compared call by call

This page shows, for each client, which calls MLflow answers otherwise through the gateway, and why. \`npm run clients:other -- --write\`
wrote it (MLflow ${mlflow}). Each client does a day's work directly at MLflow and through the gateway. The test compares requests and
responses one by one, with placeholders for ids and times. In a difference, MLflow's response is left of the bar. \`--client NAME\` runs one
client and keeps the other rows; \`--help\` lists the clients and their requirements. [clients.md](clients.md) compares MLflow's newest
Python client value by value.

The test needs Java 17, Maven, npm, Go and Python 3.11, and fetches each client from its registry into the cache. Where a registry
does not serve the Go SDK, \`MLFLOW_GO\` names the folder of a checkout of it; \`MLFLOW_EXPORT_IMPORT\` names a checkout of
mlflow-export-import, whose newest version is not on PyPI. \`CLIENTS_VERBOSE=1\` shows the output of each client, \`2\` also tracebacks.

No language model is called. OpenAI's client and LangChain's for OpenAI call a small server with fixed responses
(\`programs/python-llm/chat_server.py\`); LangChain and DSPy also use their own fake models. The models of Lightning and transformers are
tiny and have random weights. Python's clients send one request after another (\`programs/python/one_by_one.py\`), so that both
days have the same order.

${NOT_SERVED}

${table}

Reasons of differences:

${reasons}
`;
}
