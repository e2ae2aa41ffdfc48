{{/*
The gateway's container as a native sidecar of MLflow, as YAML. For charts that have this one as a dependency, and for
NOTES.txt (injection.method=none):

  initContainers:
    - {{- include "mlflow-gateway.sidecar" (dict "root" (index .Subcharts "mlflow-gateway") "port" 5000) | nindent 6 }}

What MLflow's own container and the pod need is in the other templates of this file. The webhook writes the same
(src/inject/sidecar.ts), and so does the MutatingAdmissionPolicy, which has expressions in place of `port` and of
`runAsUser`, {"$cel": "..."}, and in `later` those of variables that follow from the pod: name -> expression, no variable where it is ''.
*/}}
{{- define "mlflow-gateway.sidecar" -}}
{{- $root := .root -}}
{{- $port := .port -}}
{{- $portText := default (toString .port) .portText -}}
{{- $checkPorts := default $portText .checkPorts -}}
{{- $config := include "mlflow-gateway.config" $root | fromJson -}}
{{- $env := list
    (dict "name" "GW_TARGET_BASE_URL" "value" (printf "unix:%s" (include "mlflow-gateway.socketPath" $root)))
    (dict "name" "GW_UPSTREAM_SOCKET_CLEANUP" "value" (default "true" (get $config "GW_UPSTREAM_SOCKET_CLEANUP")))
    (dict "name" "GW_LISTEN_PORT" "value" $portText)
    (dict "name" "GW_SIDECAR_CHECK_PORTS" "value" $checkPorts) -}}
{{- $later := default dict .later -}}
{{- range include "mlflow-gateway.sidecarEnv" $root | fromJsonArray -}}
{{- if not (hasKey $later .name) -}}
{{- $env = append $env . -}}
{{- end -}}
{{- end -}}
{{- if $later -}}
{{- $all := include "mlflow-gateway.cel" $env -}}
{{- range $name, $value := $later -}}
{{- $all = printf "%s + (%s == '' ? [] : [%s])" $all $value (include "mlflow-gateway.cel" (dict "name" $name "value" (dict "$cel" $value))) -}}
{{- end -}}
{{- $env = dict "$cel" $all -}}
{{- end -}}
{{- $container := dict
    "name" "mlflow-gateway"
    "image" (include "mlflow-gateway.image" $root)
    "imagePullPolicy" $root.Values.image.pullPolicy
    "restartPolicy" "Always"
    "args" (list "serve")
    "env" $env
    "startupProbe" (merge (dict) $root.Values.startupProbe (dict "httpGet" (dict "path" "/healthz" "port" $port) "periodSeconds" 1 "failureThreshold" 60))
    "readinessProbe" (merge (dict) $root.Values.readinessProbe (dict "httpGet" (dict "path" "/readyz" "port" $port) "periodSeconds" 5 "timeoutSeconds" 6 "failureThreshold" 2))
    "livenessProbe" (merge (dict) $root.Values.livenessProbe (dict "httpGet" (dict "path" "/healthz" "port" $port) "periodSeconds" 10 "timeoutSeconds" 5 "failureThreshold" 3))
    "resources" $root.Values.resources
    "securityContext" (default (include "mlflow-gateway.securityContext" $root | fromJson) .securityContext)
    "lifecycle" (include "mlflow-gateway.drainHook" $root | fromJson)
    "volumeMounts" (prepend (get (include "mlflow-gateway.files" $root | fromJson) "mounts") (include "mlflow-gateway.socketMount" $root | fromJson)) -}}
{{- with include "mlflow-gateway.envFrom" $root | fromJsonArray -}}
{{- $_ := set $container "envFrom" . -}}
{{- end -}}
{{- if hasKey . "ports" -}}
{{- $_ := set $container "ports" .ports -}}
{{- else if $root.Values.metrics.enabled -}}
{{- $_ := set $container "ports" (list (include "mlflow-gateway.metricsPort" $root | fromJson)) -}}
{{- end -}}
{{- toYaml $container -}}
{{- end -}}

{{/* The metrics port, which a PodMonitor selects by its name. The webhook writes the same (src/inject/sidecar.ts). */}}
{{- define "mlflow-gateway.metricsPort" -}}
{{- dict "name" "gateway-metrics" "containerPort" (int .Values.metrics.port) "protocol" "TCP" | toJson -}}
{{- end -}}

{{/*
Configuration of the sidecar that does not depend on the pod, as JSON. Ports that the NetworkPolicy opens besides the gateway's
are ports that other containers may listen on.
*/}}
{{- define "mlflow-gateway.sidecarConfig" -}}
{{- $config := omit (include "mlflow-gateway.config" . | fromJson) "GW_UPSTREAM_SOCKET_CLEANUP" -}}
{{- $allowed := list -}}
{{- range splitList "," (toString (get $config "GW_SIDECAR_ALLOWED_PORTS")) -}}
{{- $allowed = append $allowed (trim .) -}}
{{- end -}}
{{- range .Values.networkPolicy.sidecarPorts -}}
{{- $allowed = append $allowed (toString .) -}}
{{- end -}}
{{- with without $allowed "" | uniq -}}
{{- $_ := set $config "GW_SIDECAR_ALLOWED_PORTS" (join "," .) -}}
{{- end -}}
{{- toJson $config -}}
{{- end -}}

{{/* The same with the variables from references: a list of EnvVar, as JSON. */}}
{{- define "mlflow-gateway.sidecarEnv" -}}
{{- $env := list -}}
{{- range $name, $value := include "mlflow-gateway.sidecarConfig" . | fromJson -}}
{{- $env = append $env (dict "name" $name "value" $value) -}}
{{- end -}}
{{- concat $env (include "mlflow-gateway.otherEnv" . | fromJsonArray) | default list | toJson -}}
{{- end -}}

{{/* Kubernetes sends a native sidecar SIGTERM only after MLflow has ended; the hook makes it drain before. */}}
{{- define "mlflow-gateway.drainHook" -}}
{{- dict "preStop" (dict "exec" (dict "command" (list "/usr/local/bin/node" "/opt/mlflow-gateway/mlflow-gateway.mjs" "drain"))) | toJson -}}
{{- end -}}

{{/* The port for MLflow's own jobs; empty for none. Only MLflow's pod shares its loopback with the gateway. */}}
{{- define "mlflow-gateway.jobsPort" -}}
{{- if and (eq .Values.mode "sidecar") (gt (int .Values.injection.jobsPort) 0) -}}
{{ int .Values.injection.jobsPort }}
{{- end -}}
{{- end -}}

{{/* The variables of MLflow's own container: a list of EnvVar, as JSON. The webhook writes the same (src/inject/patch.ts). */}}
{{- define "mlflow-gateway.mlflowEnv" -}}
{{- $env := list
    (dict "name" "UVICORN_UDS" "value" (include "mlflow-gateway.socketPath" .))
    (dict "name" "MLFLOW_GUNICORN_OPTS" "value" "")
    (dict "name" "MLFLOW_SERVER_ALLOWED_HOSTS" "value" (list (get (include "mlflow-gateway.config" . | fromJson) "GW_UPSTREAM_HOST") "localhost" | compact | uniq | join ",")) -}}
{{- with include "mlflow-gateway.jobsPort" . -}}
{{- $env = append $env (dict "name" "MLFLOW_GATEWAY_URI" "value" (printf "http://127.0.0.1:%s" .)) -}}
{{- end -}}
{{- toJson $env -}}
{{- end -}}

{{- define "mlflow-gateway.socketPath" -}}
{{ .Values.injection.socket.directory }}/mlflow.sock
{{- end -}}

{{- define "mlflow-gateway.socketMount" -}}
{{- dict "name" "mlflow-gateway-socket" "mountPath" .Values.injection.socket.directory | toJson -}}
{{- end -}}

{{/* The pod's volumes for it, as JSON. */}}
{{- define "mlflow-gateway.sidecarVolumes" -}}
{{- $medium := .Values.injection.socket.medium -}}
{{- $socket := dict "name" "mlflow-gateway-socket" "emptyDir" (ternary (dict "medium" $medium) dict (ne $medium "")) -}}
{{- toJson (prepend (get (include "mlflow-gateway.files" . | fromJson) "volumes") $socket) -}}
{{- end -}}

{{/*
The pause of MLflow's container, as JSON: an empty object for none. Clusters before 1.30 do not know `sleep`; they
run the program of that name, which nearly every image of MLflow has. If it is missing, there is an event and no pause.
*/}}
{{- define "mlflow-gateway.mlflowPreStop" -}}
{{- $seconds := int .Values.injection.preStopSeconds -}}
{{- if le $seconds 0 -}}
{}
{{- else if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version -}}
{{- dict "sleep" (dict "seconds" $seconds) | toJson -}}
{{- else -}}
{{- dict "exec" (dict "command" (list "sleep" (toString $seconds))) | toJson -}}
{{- end -}}
{{- end -}}

{{/* The injector of sidecars: webhook, admissionPolicy or none. The policy is chosen by name (docs/adr/0043-*). */}}
{{- define "mlflow-gateway.injectionMethod" -}}
{{- ternary "webhook" .Values.injection.method (eq .Values.injection.method "auto") -}}
{{- end -}}

{{/* The newest version of MutatingAdmissionPolicy that the cluster serves; empty if it serves none. */}}
{{- define "mlflow-gateway.mutatingPolicyVersion" -}}
{{- $newest := "" -}}
{{- range list "v1beta1" "v1" -}}
{{- if $.Capabilities.APIVersions.Has (printf "admissionregistration.k8s.io/%s/MutatingAdmissionPolicy" .) -}}
{{- $newest = . -}}
{{- end -}}
{{- end -}}
{{- $newest -}}
{{- end -}}

{{/* Changes with the configuration of sidecars: pods with another value have an old one. Gateways read the contents of files again. */}}
{{- define "mlflow-gateway.sidecarChecksum" -}}
{{- include "mlflow-gateway.sidecar" (dict "root" . "port" 0) | sha256sum | trunc 16 -}}
{{- end -}}

{{/* Whether the release has the guard. */}}
{{- define "mlflow-gateway.hasGuard" -}}
{{- if and (eq .Values.mode "sidecar") .Values.injection.guard.enabled (semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version) -}}
true
{{- end -}}
{{- end -}}
