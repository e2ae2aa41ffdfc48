{{/* Whether to create a Service: it selects pods of its own namespace, so in sidecar mode there must be some. */}}
{{- define "mlflow-gateway.hasService" -}}
{{- if or (include "mlflow-gateway.standalone" .) (and (eq .Values.mode "sidecar") (has .Release.Namespace (include "mlflow-gateway.injectedNamespaces" . | fromJsonArray))) -}}
true
{{- end -}}
{{- end -}}

{{/* The path prefix of the gateway (GW_PATH_PREFIX); empty for none. */}}
{{- define "mlflow-gateway.pathPrefix" -}}
{{- get .Values.config "GW_PATH_PREFIX" | default "" -}}
{{- end -}}

{{/* The backend for callers from outside: oauth2-proxy if it signs people in, else the gateway. Never MLflow. */}}
{{- define "mlflow-gateway.publicService" -}}
{{- include "mlflow-gateway.fullname" . }}{{ if .Values.sso.enabled }}-sso{{ end -}}
{{- end -}}
