{{/* `true` where the gateway gets pods of its own. */}}
{{- define "mlflow-gateway.standalone" -}}
{{- if and (eq .Values.mode "standalone") (not (include "mlflow-gateway.guide" .)) -}}
true
{{- end -}}
{{- end -}}

{{/*
`true` for `helm install` without any values (but mlflow.namespace) where an MLflow is: the release has no objects, and its notes
say what is left to do. Never in upgrades, nor where the release has objects: they would be taken away. Never without a
cluster to ask, as `helm template` is what GitOps applies; never as another chart's dependency, whose notes are not shown.
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
{{- /* Helm adds it where a chart has none. */ -}}
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
