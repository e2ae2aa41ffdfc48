{{/*
The pods that get a sidecar: labelled ones in the namespaces of the values. The guard checks all of them; the injectors
exclude the release's own pods, called with (dict "root" $ "notOwn" true).
*/}}
{{- define "mlflow-gateway.injectedPods" -}}
{{- if and .root.Values.injection.namespaceSelector (not .notOwn) -}}
{{- /* The guard refuses pods of namespaces that have got the labels since the others were looked up. */ -}}
namespaceSelector:
  {{- with .root.Values.injection.namespaceSelector.matchLabels }}
  matchLabels:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  matchExpressions:
    {{- with .root.Values.injection.namespaceSelector.matchExpressions }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values: {{ include "mlflow-gateway.clusterNamespaces" . }}
{{- else -}}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: In
      values: {{ include "mlflow-gateway.injectedNamespaces" .root }}
{{- end }}
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
