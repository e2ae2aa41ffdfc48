{{/*
The MLflow of mode standalone, as JSON, found once per rendering:

  known          whether the cluster was asked
  namespace, service, port, podPort, podLabels, url, host    0 or empty where neither values nor cluster say it
  serviceType, selector, portNames                          of its Service, where that is there
  pods           names of the pods that the labels select now; `bystanders` those of them that are not behind the Service
  workload       what makes its pods: {kind, metadata}; `server` what its command says (mlflow-gateway.mlflowServer)
  policies       other NetworkPolicies that open these pods: [{name, what, accepted}]
  before         what the release's ConfigMap recorded at the last installation or upgrade
  problems       why it cannot be used

These templates never fail: validate.yaml reports all problems of the values at once.
*/}}
{{- define "mlflow-gateway.mlflow" -}}
{{- if not (hasKey . "MlflowFound") -}}
{{- $_ := set . "MlflowFound" (include "mlflow-gateway.findMlflow" .) -}}
{{- end -}}
{{- .MlflowFound -}}
{{- end -}}

{{- define "mlflow-gateway.findMlflow" -}}
{{- $root := . -}}
{{- $v := .Values.mlflow -}}
{{- $namespace := include "mlflow-gateway.mlflowNamespace" . -}}
{{- $problems := list -}}
{{- $services := include "mlflow-gateway.mlflowServices" (dict "root" . "namespace" $namespace) | fromJson -}}
{{- $before := include "mlflow-gateway.recordedMlflow" . | fromJson -}}
{{- $f := dict "known" $services.known "namespace" $namespace "service" $v.service "port" (int $v.port) "podPort" (int $v.podPort) "podLabels" (default dict $v.podLabels) "before" $before "selector" dict "pods" list "bystanders" list "policies" list -}}

{{- if not $services.known -}}
{{- $problems = include "mlflow-gateway.unknownMlflow" . | fromJsonArray -}}
{{- else -}}

{{- /* The Service. An upgrade keeps its Service, even if the namespace has others by now. */ -}}
{{- if not $f.service -}}
{{- if $before.service -}}
{{- $_ := set $f "service" $before.service -}}
{{- else if eq (len $services.names) 1 -}}
{{- $_ := set $f "service" (first $services.names) -}}
{{- else if $services.names -}}
{{- $problems = append $problems (printf "mlflow.service: several Services in the namespace %s are those of an MLflow: %s. Set it to the one in front of which the gateway runs" $namespace (include "mlflow-gateway.names" $services.names)) -}}
{{- else -}}
{{- $problems = append $problems (printf "mlflow.service: no Service in the namespace %s is that of an MLflow, by its labels (helm.sh/chart, app.kubernetes.io/name, app) or its name. Set it to the name of MLflow's Service, and mlflow.namespace if it is in another namespace. The Services there: %s" $namespace (default "none" (include "mlflow-gateway.names" $services.others))) -}}
{{- end -}}
{{- end -}}
{{- $service := dict -}}
{{- $key := include "mlflow-gateway.look" (dict "root" . "apiVersion" "v1" "kind" "Service" "namespace" $namespace) -}}
{{- $look := get .MlflowLookups $key -}}
{{- range $look.items -}}
{{- if eq .metadata.name $f.service -}}
{{- $service = . -}}
{{- end -}}
{{- end -}}

{{- if $service -}}
{{- $found := include "mlflow-gateway.behindService" (dict "root" . "found" $f "service" $service) | fromJson -}}
{{- $problems = concat $problems $found.problems -}}
{{- $f = omit $found "problems" -}}
{{- else if $f.service -}}
{{- /* The Service does not exist (yet), as in a release that contains MLflow: all values are required, so that a typing error is refused. */ -}}
{{- if or $services.names (not $v.service) -}}
{{- $problems = append $problems (printf "mlflow.service: there is no Service %s in the namespace %s. Those of an MLflow there: %s" $f.service $namespace (default "none" (include "mlflow-gateway.names" $services.names))) -}}
{{- else -}}
{{- $problems = concat $problems (include "mlflow-gateway.unknownMlflow" . | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if not $f.podPort -}}
{{- $_ := set $f "podPort" $f.port -}}
{{- end -}}
{{- $_ := set $f "url" (printf "%s://%s.%s.svc:%v" $v.scheme $f.service $namespace (int $f.port)) -}}
{{- $_ := set $f "host" (default (printf "%s.%s.svc:%v" $f.service $namespace (int $f.port)) $v.host) -}}
{{- if $f.server -}}
{{- $problems = concat $problems (include "mlflow-gateway.serverProblems" $f | fromJsonArray) -}}
{{- end -}}
{{- $_ := set $f "problems" $problems -}}
{{- toJson $f -}}
{{- end -}}

{{/* The values that are required without a lookup, as a JSON array of sentences. */}}
{{- define "mlflow-gateway.unknownMlflow" -}}
{{- $v := .Values.mlflow -}}
{{- $problems := list -}}
{{- $why := "is required where Helm cannot look it up in the cluster (helm template, GitOps, mlflow.lookup=false, or an MLflow that is not there yet)" -}}
{{- if not $v.service -}}
{{- $problems = append $problems (printf "mlflow.service: %s: the name of MLflow's Service" $why) -}}
{{- end -}}
{{- if not $v.port -}}
{{- $problems = append $problems (printf "mlflow.port: %s: the port of MLflow's Service" $why) -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}
{{- if not $v.podLabels -}}
{{- $problems = append $problems (printf "mlflow.podLabels: %s: the labels by which the NetworkPolicy closes MLflow's pods, those of the Service's selector (kubectl -n %s get service %s -o jsonpath={.spec.selector})" $why (include "mlflow-gateway.mlflowNamespace" .) (default "NAME" $v.service)) -}}
{{- end -}}
{{- if and $v.port (lt (int $v.port) 1024) (not $v.podPort) -}}
{{- $problems = append $problems (printf "mlflow.podPort: %s and mlflow.port is %v: the port that MLflow's pods listen on (5000 in both charts, unless changed)" $why $v.port) -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/*
The MLflow that the release's last installation or upgrade found, as JSON: {"service", "namespace", "podLabels"}; empty for a new release.
For another namespace, which only the values can have named, it is in `moved`.
*/}}
{{- define "mlflow-gateway.recordedMlflow" -}}
{{- $record := dict -}}
{{- if .Values.mlflow.lookup -}}
{{- $map := lookup "v1" "ConfigMap" .Release.Namespace (include "mlflow-gateway.fullname" .) -}}
{{- if $map -}}
{{- $record = default "{}" (get (default dict (get $map.metadata "annotations")) "mlflow-gateway.io/mlflow") | fromJson -}}
{{- if ne (default "" $record.namespace) (include "mlflow-gateway.mlflowNamespace" .) -}}
{{- $record = dict "moved" $record -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $record -}}
{{- end -}}

{{/* The record of the MLflow in the ConfigMap, as JSON; with `podLabels` if the release closes pods. */}}
{{- define "mlflow-gateway.mlflowRecord" -}}
{{- $mlflow := include "mlflow-gateway.mlflow" . | fromJson -}}
{{- $record := pick $mlflow "service" "namespace" -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $_ := set $record "podLabels" $mlflow.podLabels -}}
{{- end -}}
{{- toJson $record -}}
{{- end -}}

{{/* Problems of MLflow's own command, as a JSON array of sentences. Called with `found`. */}}
{{- define "mlflow-gateway.serverProblems" -}}
{{- $problems := list -}}
{{- $server := .server -}}
{{- if and $server.allowedHosts (not (include "mlflow-gateway.hostAllowed" (dict "hosts" $server.allowedHosts "host" .host))) -}}
{{- $fits := "" -}}
{{- $entries := list -}}
{{- range splitList "," $server.allowedHosts -}}
{{- $entries = append $entries (trim .) -}}
{{- end -}}
{{- range without $entries "" -}}
{{- if not (or $fits (contains "*" .) (contains "?" .)) -}}
{{- $fits = . -}}
{{- end -}}
{{- end -}}
{{- if not $fits -}}
{{- $fits = first $entries | replace ":*" ":80" | replace "*" "mlflow-gateway" | replace "?" "x" -}}
{{- end -}}
{{- $problems = append $problems (printf "mlflow.host: MLflow accepts requests for %s only (--allowed-hosts or MLFLOW_SERVER_ALLOWED_HOSTS of its %s), and the gateway would send %s. Set mlflow.host=%s" $server.allowedHosts .workload.name .host $fits) -}}
{{- end -}}
{{- if regexMatch "^(basic-auth|oidc-auth.*)$" $server.appName -}}
{{- $problems = append $problems (printf "MLflow requires its own credentials (--app-name %s): turn that off (auth.enabled, ldapAuth.enabled, oidcAuth.enabled of community-charts/mlflow; server.value_options.app_name of MLflow's chart); the gateway authenticates callers" $server.appName) -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}
