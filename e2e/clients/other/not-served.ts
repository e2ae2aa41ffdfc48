/** For the page: clients that no registry served when its table was made. */
export const NOT_SERVED =
  "MLflow's own TypeScript SDK for traces is not in the table: on 27 November 2026 the npm registry served it under none of its names\n" +
  '(`mlflow-tracing`, `@mlflow/core`), nor as `@mlflow/tracing`, `@mlflow/mlflow` or `mlflow-js`. `mlflow` on npm is the unofficial\n' +
  "client in row `js-mlflow`. By its source, the SDK's version 0.1.3 makes two calls for a trace: `POST /api/3.0/mlflow/traces`, and\n" +
  '`PUT` of `traces.json` through the artifact proxy.';
