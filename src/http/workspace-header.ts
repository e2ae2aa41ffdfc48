/** The header by which MLflow is told the workspace. The gateway sets it; the caller's own is only a choice. */
export const WORKSPACE_HEADER = 'x-mlflow-workspace';
