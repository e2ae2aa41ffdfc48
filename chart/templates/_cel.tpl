{{/*
A value of YAML as an expression of CEL. Everything is wrapped in dyn(), as Kubernetes has lists and maps of one type
only. An object {"$cel": "..."} is an expression already.
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
