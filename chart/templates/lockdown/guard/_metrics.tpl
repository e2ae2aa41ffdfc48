{{/* MLflow's own metrics, which the gateway serves at its metrics port only. */}}
{{- define "mlflow-gateway.guard.metrics" -}}
- name: exposes
  expression: >-
    variables.line.matches('(^| )--expose-prometheus([ =]|$)') ||
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_EXPOSE_PROMETHEUS") }}.exists(v, v != '')
- name: metricsProblems
  expression: >-
    !variables.known || size(variables.gateways) != 1 || !variables.exposes ||
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_METRICS_MLFLOW") }}.exists(v, v.lowerAscii() in ['true', '1', 'yes', '$(']) ? [] : [
      "MLflow exposes its own metrics (--expose-prometheus, MLFLOW_EXPOSE_PROMETHEUS), which the gateway does not serve to callers. Remove that (metrics.enabled of MLflow's chart, serviceMonitor.enabled of community-charts/mlflow); or read them at the gateway's metrics port (metrics.enabled and metrics.mlflow.enabled of its chart), and turn off the serviceMonitor of MLflow's chart, whose target would be down."
    ]
{{- end -}}
