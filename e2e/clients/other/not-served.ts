/** For the page: clients that no registry served when its table was made. */
export const NOT_SERVED =
  "MLflow's own TypeScript SDK for traces is not in the table: on 27 November 2026 the npm registry served it under none of its names\n" +
  '(`mlflow-tracing`, `@mlflow/core`), nor as `@mlflow/tracing`, `@mlflow/mlflow` or `mlflow-js`. `mlflow` on npm is the unofficial\n' +
  "client in row `js-mlflow`. The SDK's version 0.1.3 makes two calls for a trace, which MLflow's Python client makes too and\n" +
  '[the day of work](clients.md) has: `POST /api/3.0/mlflow/traces`, and `PUT` of `traces.json` by the artifact proxy.';
