{{/*
The objects of one kind in one namespace: {"known": ..., "items": [...]}, as a dict at the root (.MlflowLookups), under the
name that is returned. `known` is false without a cluster (helm template, helm lint) or with
mlflow.lookup=false: an empty list would look the same. One rendering asks the cluster once.
Called with (dict "root" $ "apiVersion" "v1" "kind" "Service" "namespace" "ml").
*/}}
{{- define "mlflow-gateway.look" -}}
{{- $key := printf "%s/%s/%s" .apiVersion .kind .namespace -}}
{{- if not (hasKey .root "MlflowLookups") -}}
{{- $_ := set .root "MlflowLookups" dict -}}
{{- end -}}
{{- if not (hasKey .root.MlflowLookups $key) -}}
{{- $answer := dict -}}
{{- if .root.Values.mlflow.lookup -}}
{{- $answer = lookup .apiVersion .kind .namespace "" -}}
{{- end -}}
{{- $_ := set .root.MlflowLookups $key (dict "known" (hasKey $answer "items") "items" (default list (get $answer "items"))) -}}
{{- end -}}
{{- $key -}}
{{- end -}}

{{/* `true` if the labels `have` include all of the labels `want`. Called with (dict "want" ... "have" ...). */}}
{{- define "mlflow-gateway.fits" -}}
{{- $fits := true -}}
{{- $have := default dict .have -}}
{{- range $key, $value := .want -}}
{{- if ne (toString (get $have $key)) (toString $value) -}}
{{- $fits = false -}}
{{- end -}}
{{- end -}}
{{- if and $fits .want -}}
true
{{- end -}}
{{- end -}}

{{/* `true` if a label selector (matchLabels, matchExpressions) matches the labels. Called with (dict "selector" ... "labels" ...). */}}
{{- define "mlflow-gateway.selects" -}}
{{- $selects := true -}}
{{- $labels := default dict .labels -}}
{{- $selector := default dict .selector -}}
{{- range $key, $value := default dict (get $selector "matchLabels") -}}
{{- if ne (toString (get $labels $key)) (toString $value) -}}
{{- $selects = false -}}
{{- end -}}
{{- end -}}
{{- range default list (get $selector "matchExpressions") -}}
{{- $has := hasKey $labels .key -}}
{{- $among := and $has (has (toString (get $labels .key)) (default list (get . "values"))) -}}
{{- if or (and (eq .operator "In") (not $among)) (and (eq .operator "NotIn") $among) (and (eq .operator "Exists") (not $has)) (and (eq .operator "DoesNotExist") $has) -}}
{{- $selects = false -}}
{{- end -}}
{{- end -}}
{{- if $selects -}}
true
{{- end -}}
{{- end -}}

{{/* Names for a sentence: the first ten. */}}
{{- define "mlflow-gateway.names" -}}
{{- $names := . -}}
{{- if gt (len $names) 10 -}}
{{ join ", " (slice $names 0 10) }} and {{ sub (len $names) 10 }} more
{{- else -}}
{{ join ", " $names }}
{{- end -}}
{{- end -}}

{{/* Labels for a sentence, without those that change with each rollout: {"a":"b"}. */}}
{{- define "mlflow-gateway.steadyLabels" -}}
{{- omit (default dict .) "pod-template-hash" "controller-revision-hash" "statefulset.kubernetes.io/pod-name" "apps.kubernetes.io/pod-index" "pod-template-generation" | toJson -}}
{{- end -}}
