{{/* A Service selects pods of its own namespace: in sidecar mode there must be some. */}}
{{- define "mlflow-gateway.hasService" -}}
{{- if or (include "mlflow-gateway.standalone" .) (and (eq .Values.mode "sidecar") (has .Release.Namespace (include "mlflow-gateway.injectedNamespaces" . | fromJsonArray))) -}}
true
{{- end -}}
{{- end -}}

{{/* The path that the gateway is served under (GW_PATH_PREFIX); empty for none. */}}
{{- define "mlflow-gateway.pathPrefix" -}}
{{- get .Values.config "GW_PATH_PREFIX" | default "" -}}
{{- end -}}

{{/* What callers from outside are sent to: oauth2-proxy where it signs people in, else the gateway. Never MLflow. */}}
{{- define "mlflow-gateway.publicService" -}}
{{- include "mlflow-gateway.fullname" . }}{{ if .Values.sso.enabled }}-sso{{ end -}}
{{- end -}}
