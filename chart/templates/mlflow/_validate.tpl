{{/* The problems of the values about MLflow, and of that MLflow: sentences, as a JSON array. */}}
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
{{- $problems = append $problems "networkPolicy.sidecarPorts: is for mode=sidecar. In mode standalone only the gateway reaches MLflow's pods" -}}
{{- end -}}
{{- else -}}
{{- if $v.networkPolicy.acceptedPolicies -}}
{{- $problems = append $problems "networkPolicy.acceptedPolicies: is for mode=standalone. In mode sidecar MLflow has no port that another NetworkPolicy could open" -}}
{{- end -}}
{{- /* Its NetworkPolicy would disappear immediately, but sidecars need a restart of MLflow. */ -}}
{{- $before := include "mlflow-gateway.recordedMlflow" . | fromJson -}}
{{- $locked := default $before (get $before "moved") -}}
{{- if $locked.podLabels -}}
{{- $problems = append $problems (printf "mode: this release runs in mode standalone and closes the pods %s in %s, which an upgrade to mode sidecar would leave open until they have sidecars. Install another release with mode=sidecar beside it, label MLflow's pods, and uninstall this one when they have the gateway" (toJson $locked.podLabels) $locked.namespace) -}}
{{- end -}}
{{- end -}}
{{- if and $v.metrics.mlflow.enabled (not $v.metrics.enabled) -}}
{{- $problems = append $problems "metrics.mlflow.enabled: needs metrics.enabled, as MLflow's metrics are passed on at the gateway's own port for metrics" -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}
