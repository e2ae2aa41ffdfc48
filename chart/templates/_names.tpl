{{/* At most 52 characters, so that names made of it fit into 63. */}}
{{- define "mlflow-gateway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Objects without a namespace of their own carry that of the release in their name. */}}
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

{{/* What pods are selected by. The name is fixed: the webhook knows its own pods by it. */}}
{{- define "mlflow-gateway.selectorLabels" -}}
app.kubernetes.io/name: mlflow-gateway
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "mlflow-gateway.serviceAccountName" -}}
{{- default (ternary (include "mlflow-gateway.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "mlflow-gateway.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "mlflow-gateway.mlflowNamespace" -}}
{{- default .Release.Namespace .Values.mlflow.namespace -}}
{{- end -}}

{{/* The namespaces of pods that get a sidecar, as a JSON array. */}}
{{- define "mlflow-gateway.injectedNamespaces" -}}
{{- default (list .Release.Namespace) .Values.injection.namespaces | uniq | toJson -}}
{{- end -}}

{{/* Where a value may be written as it comes from YAML: numbers without an exponent, everything as text. */}}
{{- define "mlflow-gateway.text" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toJson . }}{{ end -}}
{{- end -}}
