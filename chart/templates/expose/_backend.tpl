{{/* What callers from outside are sent to: oauth2-proxy where it signs people in, else the gateway. Never MLflow. */}}
{{- define "mlflow-gateway.publicService" -}}
{{- include "mlflow-gateway.fullname" . }}{{ if .Values.sso.enabled }}-sso{{ end -}}
{{- end -}}
