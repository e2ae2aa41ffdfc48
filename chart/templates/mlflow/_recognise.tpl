{{/*
`true` for an object of an MLflow. Its most specific label decides: helm.sh/chart, then
app.kubernetes.io/name, then app; of a Service also those of its selector. For an object without any of them the name decides.
So the database of a release "mlflow", and this chart's own objects, are not taken for MLflow.
Called with (dict "name" ... "labels" ... "selector" ...).
*/}}
{{- define "mlflow-gateway.isMlflow" -}}
{{- $labels := default dict .labels -}}
{{- $selector := default dict .selector -}}
{{- $chart := toString (default "" (get $labels "helm.sh/chart")) -}}
{{- if hasPrefix "mlflow-gateway" (toString (default "" (get $labels "app.kubernetes.io/name"))) -}}
{{- else if regexMatch "^mlflow-[0-9]" $chart -}}
true
{{- else if hasKey $labels "app.kubernetes.io/name" -}}
{{- if eq (get $labels "app.kubernetes.io/name") "mlflow" -}}
true
{{- end -}}
{{- else if hasKey $labels "app" -}}
{{- if eq (get $labels "app") "mlflow" -}}
true
{{- end -}}
{{- else if hasKey $selector "app.kubernetes.io/name" -}}
{{- if eq (get $selector "app.kubernetes.io/name") "mlflow" -}}
true
{{- end -}}
{{- else if hasKey $selector "app" -}}
{{- if eq (get $selector "app") "mlflow" -}}
true
{{- end -}}
{{- else if regexMatch "^(.+-)?mlflow(-(server|service|svc|tracking|tracking-server))?$" .name -}}
true
{{- end -}}
{{- end -}}

{{/*
The chart of an MLflow: `community` (community-charts/mlflow, which labels with `app` too), `official` (MLflow's own),
or `own` for everything else. Called with the object's metadata.
*/}}
{{- define "mlflow-gateway.mlflowChart" -}}
{{- $labels := default dict (get . "labels") -}}
{{- if not (regexMatch "^mlflow-[0-9]" (toString (default "" (get $labels "helm.sh/chart")))) -}}
own
{{- else if hasKey $labels "app" -}}
community
{{- else if hasKey $labels "app.kubernetes.io/part-of" -}}
own
{{- else -}}
official
{{- end -}}
{{- end -}}

{{/*
The Services of MLflows in a namespace: {"known": ..., "names": [...], "others": [...]}, as JSON. A headless one counts only
if there is no other. Called with (dict "root" $ "namespace" "ml").
*/}}
{{- define "mlflow-gateway.mlflowServices" -}}
{{- $key := include "mlflow-gateway.look" (dict "root" .root "apiVersion" "v1" "kind" "Service" "namespace" .namespace) -}}
{{- $look := get .root.MlflowLookups $key -}}
{{- $names := list -}}
{{- $headless := list -}}
{{- $others := list -}}
{{- range $look.items -}}
{{- $spec := default dict .spec -}}
{{- if not (include "mlflow-gateway.isMlflow" (dict "name" .metadata.name "labels" .metadata.labels "selector" (get $spec "selector"))) -}}
{{- $others = append $others .metadata.name -}}
{{- else if eq (toString (get $spec "clusterIP")) "None" -}}
{{- $headless = append $headless .metadata.name -}}
{{- else -}}
{{- $names = append $names .metadata.name -}}
{{- end -}}
{{- end -}}
{{- dict "known" $look.known "names" (default $headless $names) "others" $others | toJson -}}
{{- end -}}

{{/* The Deployments and StatefulSets of a namespace, as a JSON array of {"kind", "metadata", "spec"}: the workloads of MLflow. */}}
{{- define "mlflow-gateway.workloads" -}}
{{- $found := list -}}
{{- range $kind := list "Deployment" "StatefulSet" -}}
{{- $key := include "mlflow-gateway.look" (dict "root" $.root "apiVersion" "apps/v1" "kind" $kind "namespace" $.namespace) -}}
{{- $look := get $.root.MlflowLookups $key -}}
{{- range $look.items -}}
{{- $found = append $found (dict "kind" (lower $kind) "metadata" (pick .metadata "name" "labels" "annotations") "template" .spec.template) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
