{{/*
Which pods get a sidecar: labelled ones in the namespaces of the values. For the guard that is all; who writes sidecars
leaves out the release's own pods as well, called with (dict "root" $ "notOwn" true).
*/}}
{{- define "mlflow-gateway.injectedPods" -}}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: In
      values: {{ include "mlflow-gateway.injectedNamespaces" .root }}
objectSelector:
  matchLabels:
    mlflow-gateway.io/inject: enabled
  {{- if .notOwn }}
  matchExpressions:
    - key: app.kubernetes.io/name
      operator: NotIn
      values: [mlflow-gateway]
  {{- end }}
{{- end -}}
