{{/*
A YAML value as a CEL expression. Every value is wrapped in dyn(), because Kubernetes has lists and maps of one type
only. An object {"$cel": "..."} is already an expression.
*/}}
{{- define "mlflow-gateway.cel" -}}
{{- if kindIs "map" . -}}
{{- if hasKey . "$cel" -}}
dyn({{ get . "$cel" }})
{{- else -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (printf "%s: %s" (toJson $key) (include "mlflow-gateway.cel" $value)) -}}
{{- end -}}
dyn({ {{- join ", " $pairs -}} })
{{- end -}}
{{- else if kindIs "slice" . -}}
{{- $items := list -}}
{{- range . -}}
{{- $items = append $items (include "mlflow-gateway.cel" .) -}}
{{- end -}}
dyn([ {{- join ", " $items -}} ])
{{- else -}}
dyn({{ toJson . }})
{{- end -}}
{{- end -}}
