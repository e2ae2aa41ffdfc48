{{/* The gateway's configuration that follows from the values, independent of the pod: name -> text, as JSON. */}}
{{- define "mlflow-gateway.config" -}}
{{- $config := dict -}}
{{- range $name, $value := .Values.config -}}
{{- $_ := set $config $name (include "mlflow-gateway.text" $value) -}}
{{- end -}}
{{- if not (or (hasKey $config "GW_DRAIN_DELAY_SECONDS") (hasKey .Values.configFrom "GW_DRAIN_DELAY_SECONDS")) -}}
{{- $_ := set $config "GW_DRAIN_DELAY_SECONDS" "5" -}}
{{- end -}}
{{- if not (or (hasKey $config "GW_REPLICAS") (hasKey .Values.configFrom "GW_REPLICAS") (eq (toString (get $config "GW_TENANCY")) "workspaces")) -}}
{{- $_ := set $config "GW_REPLICAS" (ternary "1" "2" (eq (include "mlflow-gateway.alone" .) "true")) -}}
{{- end -}}
{{- /* The chart does not check other ConfigMaps, so they must not decide whether callers authenticate. */ -}}
{{- if and (include "mlflow-gateway.envFrom" . | fromJsonArray) (not (include "mlflow-gateway.authOff" .)) -}}
{{- $_ := set $config "GW_AUTH_MODE" "oidc" -}}
{{- $_ := set $config "GW_AUTH_ENABLED" "true" -}}
{{- end -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $config "GW_METRICS_PORT" (toString .Values.metrics.port) -}}
{{- if .Values.metrics.mlflow.enabled -}}
{{- $_ := set $config "GW_METRICS_MLFLOW" "true" -}}
{{- end -}}
{{- end -}}
{{- if include "mlflow-gateway.jobsPort" . -}}
{{- $_ := set $config "GW_JOBS_PORT" (include "mlflow-gateway.jobsPort" .) -}}
{{- end -}}
{{- if .Values.policy -}}
{{- $_ := set $config "GW_RBAC_POLICY_FILE" "/etc/mlflow-gateway/policy/policy.json" -}}
{{- end -}}
{{- if include "mlflow-gateway.hasDenyList" . -}}
{{- $_ := set $config "GW_DENY_LIST_FILE" "/etc/mlflow-gateway/deny-list/deny-list.json" -}}
{{- end -}}
{{- if .Values.gateway.identity -}}
{{- $_ := set $config "GW_IDENTITY_FILE" "/etc/mlflow-gateway/identity/identity.json" -}}
{{- end -}}
{{- if include "mlflow-gateway.tls" . -}}
{{- $_ := set $config "GW_TLS_CERT_FILE" "/etc/mlflow-gateway/tls/tls.crt" -}}
{{- $_ := set $config "GW_TLS_KEY_FILE" "/etc/mlflow-gateway/tls/tls.key" -}}
{{- if .Values.gateway.tls.clientAuthorities -}}
{{- $_ := set $config "GW_TLS_CLIENT_CA_FILE" "/etc/mlflow-gateway/client-ca/ca.crt" -}}
{{- end -}}
{{- with .Values.gateway.tls.clientNames -}}
{{- $_ := set $config "GW_TLS_CLIENT_NAMES" (join "," .) -}}
{{- end -}}
{{- end -}}
{{- toJson $config -}}
{{- end -}}

{{/* `true` if the gateway itself speaks TLS. */}}
{{- define "mlflow-gateway.tls" -}}
{{- if and (eq .Values.mode "standalone") .Values.gateway.tls.secret -}}
true
{{- end -}}
{{- end -}}

{{/* The scheme of the gateway's port: `http` or `https`. */}}
{{- define "mlflow-gateway.scheme" -}}
{{- ternary "https" "http" (eq (include "mlflow-gateway.tls" .) "true") -}}
{{- end -}}

{{/* A volume with certificate and key of a Secret, readable by the pod's group only. Called with (dict "name" ... "secret" ...). */}}
{{- define "mlflow-gateway.pairVolume" -}}
{{- $items := list (dict "key" "tls.crt" "path" "tls.crt") (dict "key" "tls.key" "path" "tls.key") -}}
{{- toJson (dict "name" .name "secret" (dict "secretName" .secret "defaultMode" 288 "items" $items)) -}}
{{- end -}}

{{/* `true` if there is a deny list, also an empty one. */}}
{{- define "mlflow-gateway.hasDenyList" -}}
{{- if or (kindIs "slice" .Values.denyList.entries) .Values.denyList.from -}}
true
{{- end -}}
{{- end -}}

{{/* The variables in the values that describe one issuer, which the identity file replaces: as a list of paths, as JSON. */}}
{{- define "mlflow-gateway.shortIdentity" -}}
{{- $set := list -}}
{{- range $name := list "GW_OIDC_ISSUER" "GW_OIDC_AUDIENCE" "GW_JWKS_URI" "GW_JWKS_JSON" "GW_OIDC_ALGORITHMS" "GW_OIDC_CLOCK_TOLERANCE_SECONDS" "GW_TENANT_CLAIM" "GW_SUBJECT_CLAIM" "GW_ROLE_CLAIM" "GW_RBAC_PLATFORM_ADMIN_ALIASES" -}}
{{- if hasKey $.Values.config $name -}}
{{- $set = append $set (printf "config.%s" $name) -}}
{{- else if hasKey $.Values.configFrom $name -}}
{{- $set = append $set (printf "configFrom.%s" $name) -}}
{{- end -}}
{{- end -}}
{{- toJson $set -}}
{{- end -}}

{{/* The issuers of gateway.identity where users can sign in, as JSON. */}}
{{- define "mlflow-gateway.identityIssuers" -}}
{{- $issuers := list -}}
{{- range .Values.gateway.identity.issuers -}}
{{- $issuers = append $issuers .issuer -}}
{{- end -}}
{{- toJson (without $issuers "kubernetes") -}}
{{- end -}}

{{/* The issuer of the users who sign in at oauth2-proxy. */}}
{{- define "mlflow-gateway.ssoIssuer" -}}
{{- ternary .Values.sso.issuer (get .Values.config "GW_OIDC_ISSUER") (not (empty .Values.gateway.identity)) -}}
{{- end -}}

{{/* The URLs of identity providers that the gateway connects to, as JSON. */}}
{{- define "mlflow-gateway.providerUrls" -}}
{{- $urls := list (get .Values.config "GW_OIDC_ISSUER") (get .Values.config "GW_JWKS_URI") -}}
{{- range .Values.gateway.identity.issuers -}}
{{- if kindIs "map" .keys -}}
{{- $urls = append $urls (get .keys "uri") -}}
{{- else if not (or (eq .issuer "kubernetes") (eq (toString .keys) "cluster")) -}}
{{- $urls = append $urls .issuer -}}
{{- end -}}
{{- $urls = append $urls (get (default dict .introspection) "uri") -}}
{{- end -}}
{{- toJson (compact $urls) -}}
{{- end -}}

{{/* `true` if an issuer of `gateway.identity` takes its keys from the cluster. */}}
{{- define "mlflow-gateway.needsClusterKeys" -}}
{{- $needs := false -}}
{{- range .Values.gateway.identity.issuers -}}
{{- $needs = or $needs (eq .issuer "kubernetes") (eq (toString .keys) "cluster") -}}
{{- end -}}
{{- ternary "true" "" $needs -}}
{{- end -}}

{{/* Pods of the gateway in mode standalone. */}}
{{- define "mlflow-gateway.replicas" -}}
{{- default (ternary "1" "2" (eq (toString (get .Values.config "GW_TENANCY")) "tags")) (include "mlflow-gateway.wantedReplicas" .) -}}
{{- end -}}

{{/* `true` if at most one gateway runs at a time: one pod, with the strategy `tags`, which ends before its successor starts. */}}
{{- define "mlflow-gateway.alone" -}}
{{- if and (eq .Values.mode "standalone") (eq (toString (get .Values.config "GW_TENANCY")) "tags") (not (include "mlflow-gateway.autoscaled" .)) (le (int (include "mlflow-gateway.replicas" .)) 1) -}}
true
{{- end -}}
{{- end -}}

{{/* Variables from references, and variables that are not the gateway's: a list of EnvVar, as JSON. */}}
{{- define "mlflow-gateway.otherEnv" -}}
{{- $env := list -}}
{{- range $name, $from := .Values.configFrom -}}
{{- $ref := dict "name" (default $from.secret $from.configMap) "key" $from.key -}}
{{- $env = append $env (dict "name" $name "valueFrom" (dict (ternary "secretKeyRef" "configMapKeyRef" (hasKey $from "secret")) $ref)) -}}
{{- end -}}
{{- if .Values.certificateAuthorities.provider -}}
{{- $env = append $env (dict "name" "NODE_EXTRA_CA_CERTS" "value" "/etc/mlflow-gateway/provider-ca/ca.crt") -}}
{{- end -}}
{{- concat $env .Values.extraEnv | default list | toJson -}}
{{- end -}}

{{/* A volume from {secret|configMap, key}, with one file, ca.crt by default. Called with (dict "name" ... "from" ... "file" ...). */}}
{{- define "mlflow-gateway.fileVolume" -}}
{{- $items := list (dict "key" .from.key "path" (default "ca.crt" .file)) -}}
{{- if .from.secret -}}
{{- toJson (dict "name" .name "secret" (dict "secretName" .from.secret "items" $items)) -}}
{{- else -}}
{{- toJson (dict "name" .name "configMap" (dict "name" .from.configMap "items" $items)) -}}
{{- end -}}
{{- end -}}

{{/* Volumes with the gateway's files: (dict "volumes" [...] "mounts" [...]), as JSON. */}}
{{- define "mlflow-gateway.files" -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- if .Values.policy -}}
{{- $volumes = append $volumes (dict "name" "mlflow-gateway-policy" "configMap" (dict "name" (printf "%s-policy" (include "mlflow-gateway.fullname" .)))) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-policy" "mountPath" "/etc/mlflow-gateway/policy" "readOnly" true) -}}
{{- end -}}
{{- /* Without subPath: the kubelet would never change the file. */ -}}
{{- if include "mlflow-gateway.hasDenyList" . -}}
{{- $from := default (dict "configMap" (printf "%s-deny-list" (include "mlflow-gateway.fullname" .)) "key" "deny-list.json") .Values.denyList.from -}}
{{- $volumes = append $volumes (include "mlflow-gateway.fileVolume" (dict "name" "mlflow-gateway-deny-list" "from" $from "file" "deny-list.json") | fromJson) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-deny-list" "mountPath" "/etc/mlflow-gateway/deny-list" "readOnly" true) -}}
{{- end -}}
{{- /* A folder without subPath: the kubelet replaces the file in it, and the gateway reads it again. */ -}}
{{- if .Values.gateway.identity -}}
{{- $volumes = append $volumes (dict "name" "mlflow-gateway-identity" "configMap" (dict "name" (printf "%s-identity" (include "mlflow-gateway.fullname" .)))) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-identity" "mountPath" "/etc/mlflow-gateway/identity" "readOnly" true) -}}
{{- end -}}
{{- with .Values.certificateAuthorities.provider -}}
{{- $volumes = append $volumes (include "mlflow-gateway.fileVolume" (dict "name" "mlflow-gateway-provider-ca" "from" .) | fromJson) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-provider-ca" "mountPath" "/etc/mlflow-gateway/provider-ca" "readOnly" true) -}}
{{- end -}}
{{- if and (eq .Values.mode "standalone") .Values.certificateAuthorities.mlflow -}}
{{- $volumes = append $volumes (include "mlflow-gateway.fileVolume" (dict "name" "mlflow-gateway-mlflow-ca" "from" .Values.certificateAuthorities.mlflow) | fromJson) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-mlflow-ca" "mountPath" "/etc/mlflow-gateway/mlflow-ca" "readOnly" true) -}}
{{- end -}}
{{- if .Values.clusterKeys.enabled -}}
{{- $token := dict "serviceAccountToken" (dict "path" "token" "expirationSeconds" (int .Values.clusterKeys.tokenSeconds)) -}}
{{- /* Kubernetes keeps this ConfigMap in every namespace. */ -}}
{{- $authorities := dict "configMap" (dict "name" "kube-root-ca.crt" "items" (list (dict "key" "ca.crt" "path" "ca.crt"))) -}}
{{- $volumes = append $volumes (dict "name" "mlflow-gateway-kubernetes" "projected" (dict "sources" (list $token $authorities))) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-kubernetes" "mountPath" "/etc/mlflow-gateway/kubernetes" "readOnly" true) -}}
{{- end -}}
{{- /* Without subPath, so that the kubelet replaces the files. */ -}}
{{- if include "mlflow-gateway.tls" . -}}
{{- $volumes = append $volumes (include "mlflow-gateway.pairVolume" (dict "name" "mlflow-gateway-tls" "secret" .Values.gateway.tls.secret) | fromJson) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-tls" "mountPath" "/etc/mlflow-gateway/tls" "readOnly" true) -}}
{{- with .Values.gateway.tls.clientAuthorities -}}
{{- $volumes = append $volumes (include "mlflow-gateway.fileVolume" (dict "name" "mlflow-gateway-client-ca" "from" .) | fromJson) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-client-ca" "mountPath" "/etc/mlflow-gateway/client-ca" "readOnly" true) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.mode "standalone") .Values.mlflow.clientCertificate -}}
{{- $volumes = append $volumes (include "mlflow-gateway.pairVolume" (dict "name" "mlflow-gateway-mlflow-client" "secret" .Values.mlflow.clientCertificate) | fromJson) -}}
{{- $mounts = append $mounts (dict "name" "mlflow-gateway-mlflow-client" "mountPath" "/etc/mlflow-gateway/mlflow-client" "readOnly" true) -}}
{{- end -}}
{{- toJson (dict "volumes" (concat $volumes .Values.extraVolumes | default list) "mounts" (concat $mounts .Values.extraVolumeMounts | default list)) -}}
{{- end -}}

{{/* The security context of a container: that of Pod Security `restricted`, and the additions of the values, as JSON. */}}
{{- define "mlflow-gateway.securityContext" -}}
{{- $restricted := dict
    "allowPrivilegeEscalation" false
    "capabilities" (dict "drop" (list "ALL"))
    "readOnlyRootFilesystem" true
    "runAsNonRoot" true
    "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- /* Not `merge`, which treats false as not set. */ -}}
{{- toJson (mergeOverwrite $restricted (deepCopy .Values.securityContext)) -}}
{{- end -}}

{{/* The same for the chart's other containers. */}}
{{- define "mlflow-gateway.restricted" -}}
{{- include "mlflow-gateway.securityContext" (dict "Values" (dict "securityContext" dict)) -}}
{{- end -}}

{{/* The pods' security context. On OpenShift it has no user, because the SCC chooses it. */}}
{{- define "mlflow-gateway.podSecurityContext" -}}
{{- $context := deepCopy .Values.podSecurityContext -}}
{{- if .Values.openshift.enabled -}}
{{- $context = omit $context "runAsUser" "runAsGroup" "fsGroup" -}}
{{- else if and (or (include "mlflow-gateway.tls" .) .Values.mlflow.clientCertificate) (not (hasKey $context "fsGroup")) -}}
{{- /* Private keys are readable by a group, not by everyone. */ -}}
{{- $_ := set $context "fsGroup" (default 65532 (get $context "runAsGroup")) -}}
{{- end -}}
{{- toYaml $context -}}
{{- end -}}

{{- define "mlflow-gateway.pullSecrets" -}}
{{- with include "mlflow-gateway.pullSecretList" . | fromJsonArray }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* `true` if authentication is off (GW_AUTH_MODE or GW_AUTH_ENABLED). */}}
{{- define "mlflow-gateway.authOff" -}}
{{- $mode := lower (toString (get .Values.config "GW_AUTH_MODE")) -}}
{{- $enabled := lower (toString (get .Values.config "GW_AUTH_ENABLED")) -}}
{{- if or (eq $mode "off") (has $enabled (list "false" "0" "no")) -}}
true
{{- end -}}
{{- end -}}

{{/* The audiences of the issuer of the users who sign in, as JSON. */}}
{{- define "mlflow-gateway.audiences" -}}
{{- $audiences := list -}}
{{- range splitList "," (toString (default "" (get .Values.config "GW_OIDC_AUDIENCE"))) -}}
{{- $audiences = append $audiences (trim .) -}}
{{- end -}}
{{- range .Values.gateway.identity.issuers -}}
{{- if eq .issuer $.Values.sso.issuer -}}
{{- $audiences = concat $audiences .audience -}}
{{- end -}}
{{- end -}}
{{- toJson (without $audiences "") -}}
{{- end -}}
