{{/* At most 52 characters, so that names derived from it fit into 63. */}}
{{- define "mlflow-gateway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The name of cluster-scoped objects, which contains the namespace of the release. */}}
{{- define "mlflow-gateway.clusterName" -}}
{{- printf "%s.%s" (include "mlflow-gateway.fullname" .) .Release.Namespace -}}
{{- end -}}

{{/* Labels of an object. Called with (dict "root" $ "component" "gateway"). */}}
{{- define "mlflow-gateway.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{ include "mlflow-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: mlflow
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The labels that select pods. The name is fixed: the webhook recognises the chart's own pods by it. */}}
{{- define "mlflow-gateway.selectorLabels" -}}
app.kubernetes.io/name: mlflow-gateway
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "mlflow-gateway.serviceAccountName" -}}
{{- default (ternary (include "mlflow-gateway.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "mlflow-gateway.image" -}}
{{- $name := include "mlflow-gateway.imageName" (dict "root" . "image" .Values.image "usual" "") -}}
{{- if .Values.image.digest -}}
{{ $name }}@{{ .Values.image.digest }}
{{- else -}}
{{ $name }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "mlflow-gateway.mlflowNamespace" -}}
{{- default .Release.Namespace .Values.mlflow.namespace -}}
{{- end -}}

{{/* The namespaces of pods that get a sidecar, as a JSON array. */}}
{{- define "mlflow-gateway.injectedNamespaces" -}}
{{- if .Values.injection.namespaceSelector -}}
{{- include "mlflow-gateway.selectedNamespaces" . -}}
{{- else -}}
{{- default (list .Release.Namespace) .Values.injection.namespaces | uniq | toJson -}}
{{- end -}}
{{- end -}}

{{/* A YAML value as text; numbers without an exponent. */}}
{{- define "mlflow-gateway.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end -}}
