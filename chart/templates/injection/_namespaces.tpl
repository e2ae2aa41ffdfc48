{{/* The namespaces of Kubernetes itself, which no selector may select. */}}
{{- define "mlflow-gateway.clusterNamespaces" -}}
["kube-system","kube-public","kube-node-lease"]
{{- end -}}

{{/*
The namespaces that injection.namespaceSelector selects, as a JSON array: a NetworkPolicy or ConfigMap belongs to one namespace, so
the chart needs their names. Without a cluster (`helm template`) there are none.
*/}}
{{- define "mlflow-gateway.selectedNamespaces" -}}
{{- $selector := .Values.injection.namespaceSelector -}}
{{- $own := include "mlflow-gateway.clusterNamespaces" . | fromJsonArray -}}
{{- $names := list -}}
{{- range default list (get (lookup "v1" "Namespace" "" "") "items") -}}
{{- $labels := default dict .metadata.labels -}}
{{- $found := not (has .metadata.name $own) -}}
{{- range $key, $value := default dict $selector.matchLabels -}}
{{- if or (not (hasKey $labels $key)) (ne (toString (get $labels $key)) $value) -}}
{{- $found = false -}}
{{- end -}}
{{- end -}}
{{- range default list $selector.matchExpressions -}}
{{- $there := hasKey $labels .key -}}
{{- $among := and $there (has (toString (get $labels .key)) (default list .values)) -}}
{{- if not (get (dict "In" $among "NotIn" (not $among) "Exists" $there "DoesNotExist" (not $there)) .operator) -}}
{{- $found = false -}}
{{- end -}}
{{- end -}}
{{- if $found -}}
{{- $names = append $names .metadata.name -}}
{{- end -}}
{{- end -}}
{{- $names | sortAlpha | toJson -}}
{{- end -}}
