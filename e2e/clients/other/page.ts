import { NOT_SERVED } from './not-served.ts';
import { REASONS } from './reasons.ts';

/** docs/clients-other.md around its table. */
export function pageOf(table: string, mlflow: string): string {
  const reasons = REASONS.map(({ name, because }) => `- **${name}**: ${because}.`).join('\n');
  return `# Clients compared call by call

Written by \`npm run clients:other -- --write\` (MLflow ${mlflow}). Each client does a day's work straight at MLflow and
through the gateway; its requests and their answers are compared one by one, with placeholders for ids and times. In a
difference, what MLflow said is left of the bar. \`--client NAME\` runs some of them, and leaves the other rows as they are;
\`--help\` lists them with what each needs. MLflow's newest Python client is compared value by value: [clients.md](clients.md).

Java 17, Maven, npm, Go and Python 3.11 have to be there; each client is fetched from its registry into the cache. Where a registry
does not serve the Go SDK, \`MLFLOW_GO\` names the folder of a checkout of it; \`MLFLOW_EXPORT_IMPORT\` names a checkout of
mlflow-export-import, whose newest version is not on PyPI. \`CLIENTS_VERBOSE=1\` shows what each client said, \`2\` with tracebacks.

Language models are not asked: OpenAI's client and LangChain's for OpenAI speak to a small server of ours that always says the same
(\`programs/python-llm/chat_server.py\`), LangChain and DSPy besides to their own fake models. The models of Lightning and transformers are
tiny and have random weights. Python's clients send one request after another (\`programs/python/one_by_one.py\`), so that two
days have one order.

${NOT_SERVED}

${table}

The reasons of differences:

${reasons}
`;
}
