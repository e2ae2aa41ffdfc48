{{/*
Values with two names: the chart's own and that of other charts. If both are set and differ,
templates/validate/_names.tpl refuses them.
*/}}

{{/* Secrets for registries: a list of {name}, as JSON. */}}
{{- define "mlflow-gateway.pullSecretList" -}}
{{- $all := concat (default .Values.imagePullSecrets .Values.image.pullSecrets) (get (default dict .Values.global) "imagePullSecrets" | default list) -}}
{{- include "mlflow-gateway.namedSecrets" $all -}}
{{- end -}}

{{- define "mlflow-gateway.namedSecrets" -}}
{{- $named := list -}}
{{- range . -}}
{{- $named = append $named (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- $named | uniq | toJson -}}
{{- end -}}

{{/* The sources of further variables of the gateway's container (envFrom), as JSON. */}}
{{- define "mlflow-gateway.envFrom" -}}
{{- default .Values.extraEnvFrom .Values.envFrom | default list | toJson -}}
{{- end -}}

{{- define "mlflow-gateway.initContainers" -}}
{{- default .Values.initContainers .Values.extraInitContainers | default list | toJson -}}
{{- end -}}

{{- define "mlflow-gateway.servicePort" -}}
{{- if kindIs "invalid" .Values.service.portNumber -}}
{{- .Values.service.port -}}
{{- else -}}
{{- .Values.service.portNumber -}}
{{- end -}}
{{- end -}}

{{/* `replicas` or `replicaCount`; empty if neither is set. */}}
{{- define "mlflow-gateway.wantedReplicas" -}}
{{- if not (kindIs "invalid" .Values.replicas) -}}
{{- .Values.replicas -}}
{{- else if not (kindIs "invalid" .Values.replicaCount) -}}
{{- .Values.replicaCount -}}
{{- end -}}
{{- end -}}

{{/* `true` if an autoscaler, not the values, sets the number of pods. */}}
{{- define "mlflow-gateway.autoscaled" -}}
{{- if or .Values.autoscaling.enabled .Values.kedaAutoscaling.enabled -}}
true
{{- end -}}
{{- end -}}

{{/* Hosts of the Ingress: a list of {host, paths: [{path, pathType}]}, as JSON. */}}
{{- define "mlflow-gateway.ingressHosts" -}}
{{- $hosts := list -}}
{{- $all := list (dict "path" (include "mlflow-gateway.pathPrefix" . | default "/") "pathType" "Prefix") -}}
{{- range .Values.ingress.hosts -}}
{{- if kindIs "string" . -}}
{{- $hosts = append $hosts (dict "host" . "paths" $all) -}}
{{- else -}}
{{- $paths := list -}}
{{- range .paths -}}
{{- $paths = append $paths (merge (dict) (ternary (dict "path" .) . (kindIs "string" .)) (dict "pathType" "Prefix")) -}}
{{- end -}}
{{- $hosts = append $hosts (dict "host" .host "paths" (default $all $paths)) -}}
{{- end -}}
{{- end -}}
{{- toJson $hosts -}}
{{- end -}}

{{/*
The name of an image. Called with (dict "root" $ "image" .Values.image "usual" ""). Its registry is `registry`, else the host that
`repository` begins with, else the global one. The usual host is the default of the values.
*/}}
{{- define "mlflow-gateway.imageName" -}}
{{- $host := include "mlflow-gateway.registryOf" .image.repository -}}
{{- $registry := .image.registry -}}
{{- if and (not $registry) (or (not $host) (eq $host .usual)) -}}
{{- $registry = get (default dict .root.Values.global) "imageRegistry" -}}
{{- end -}}
{{- if $registry -}}
{{ trimSuffix "/" $registry }}/{{ ternary .image.repository (trimPrefix (printf "%s/" $host) .image.repository) (eq $host "") }}
{{- else -}}
{{ .image.repository }}
{{- end -}}
{{- end -}}

{{/* The host at the beginning of an image name; empty if there is none. */}}
{{- define "mlflow-gateway.registryOf" -}}
{{- $parts := splitList "/" . -}}
{{- if gt (len $parts) 1 -}}
{{- regexFind "^(localhost|[^/]*[.:][^/]*)$" (first $parts) -}}
{{- end -}}
{{- end -}}

{{/* Annotations of an object. Called with (dict "root" $ "own" {...}); its own win. Empty for none. */}}
{{- define "mlflow-gateway.annotations" -}}
{{- with merge (dict) (default dict .own) .root.Values.commonAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* The times of a probe. Called with (dict "own" {...} "values" .Values.readinessProbe). */}}
{{- define "mlflow-gateway.probe" -}}
{{- merge (dict) (pick (default dict .values) "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "failureThreshold") .own | toYaml -}}
{{- end -}}
