{{/* Namespaces of Kubernetes itself, which no selector may find. */}}
{{- define "mlflow-gateway.clusterNamespaces" -}}
["kube-system","kube-public","kube-node-lease"]
{{- end -}}

{{/*
The namespaces that injection.namespaceSelector finds, as a JSON array: NetworkPolicies and ConfigMaps live in one namespace each, so
their names must be known. Without a cluster (`helm template`) there are none.
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
