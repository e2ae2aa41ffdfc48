{{/* What is wrong with the values about MLflow, and with the MLflow that they lead to: sentences, as a JSON array. */}}
{{- define "mlflow-gateway.mlflowProblems" -}}
{{- $problems := list -}}
{{- $v := .Values -}}
{{- if eq $v.mode "standalone" -}}
{{- $problems = (include "mlflow-gateway.mlflow" . | fromJson).problems -}}
{{- if hasKey $v.config "GW_UPSTREAM_HOST" -}}
{{- $problems = append $problems (printf "config.GW_UPSTREAM_HOST: set mlflow.host=%v instead" $v.config.GW_UPSTREAM_HOST) -}}
{{- end -}}
{{- if hasKey $v.configFrom "GW_UPSTREAM_HOST" -}}
{{- $problems = append $problems "configFrom.GW_UPSTREAM_HOST: set mlflow.host instead" -}}
{{- end -}}
{{- if $v.networkPolicy.sidecarPorts -}}
{{- $problems = append $problems "networkPolicy.sidecarPorts: is for mode=sidecar. In mode standalone nobody but the gateway reaches MLflow's pods" -}}
{{- end -}}
{{- end -}}
{{- if and $v.metrics.mlflow.enabled (not $v.metrics.enabled) -}}
{{- $problems = append $problems "metrics.mlflow.enabled: needs metrics.enabled, as MLflow's metrics are passed on at the gateway's own port for metrics" -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}
