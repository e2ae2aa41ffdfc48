/** The request field that selects a workspace in MLflow. The gateway sets it; a caller's own field only selects a tenant. */
export const WORKSPACE_HEADER = 'x-mlflow-workspace';

/** The workspace that MLflow uses for a request without the field. */
export const DEFAULT_WORKSPACE = 'default';
