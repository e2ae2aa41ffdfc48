{{/* `true` if the gateway has pods of its own. */}}
{{- define "mlflow-gateway.standalone" -}}
{{- if and (eq .Values.mode "standalone") (not (include "mlflow-gateway.guide" .)) -}}
true
{{- end -}}
{{- end -}}

{{/*
`true` for `helm install` without any values (except mlflow.namespace) if an MLflow exists: the release has no objects, and its notes
list the remaining steps. Never in upgrades, nor if the release has objects: Helm would remove them. Never without a
cluster, because GitOps applies `helm template`; never as a dependency of another chart, because Helm does not show its notes.
*/}}
{{- define "mlflow-gateway.guide" -}}
{{- if not (hasKey . "MlflowGuide") -}}
{{- $_ := set . "MlflowGuide" (include "mlflow-gateway.findGuide" .) -}}
{{- end -}}
{{- .MlflowGuide -}}
{{- end -}}

{{- define "mlflow-gateway.findGuide" -}}
{{- if and .Release.IsInstall .Chart.IsRoot -}}
{{- $values := deepCopy .Values -}}
{{- $_ := set $values.mlflow "namespace" "" -}}
{{- $defaults := .Files.Get "defaults.json" | fromJson -}}
{{- /* Helm adds it to charts without one. */ -}}
{{- range list $values $defaults -}}
{{- $_ := set . "global" (default dict (get . "global")) -}}
{{- end -}}
{{- if eq (toJson $values) (toJson $defaults) -}}
{{- $namespace := include "mlflow-gateway.mlflowNamespace" . -}}
{{- $services := include "mlflow-gateway.mlflowServices" (dict "root" . "namespace" $namespace) | fromJson -}}
{{- $own := false -}}
{{- $key := include "mlflow-gateway.look" (dict "root" . "apiVersion" "v1" "kind" "Service" "namespace" .Release.Namespace) -}}
{{- $look := get .MlflowLookups $key -}}
{{- range $look.items -}}
{{- if include "mlflow-gateway.fits" (dict "want" (dict "app.kubernetes.io/name" "mlflow-gateway" "app.kubernetes.io/instance" $.Release.Name) "have" (get .metadata "labels")) -}}
{{- $own = true -}}
{{- end -}}
{{- end -}}
{{- if and $services.known $services.names (not $own) -}}
true
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
