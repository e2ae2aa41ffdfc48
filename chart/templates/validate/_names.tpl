{{/*
The problems with the names of values: names of other charts, two names with different values, and values that this installation
would not use (names.json, generated from codegen/chart/names.yaml). A list of sentences, as JSON.
*/}}
{{- define "mlflow-gateway.nameProblems" -}}
{{- $problems := list -}}
{{- $v := .Values -}}
{{- $names := .Files.Get "names.json" | fromJson -}}
{{- $standalone := eq $v.mode "standalone" -}}
{{- range $path, $sentence := $names.foreign -}}
{{- if ne (include "mlflow-gateway.valueAt" (dict "values" $v "path" $path)) "null" -}}
{{- $problems = append $problems (printf "%s: %s" $path $sentence) -}}
{{- end -}}
{{- end -}}

{{- /* Values that would be accepted and ignored. */ -}}
{{- $method := $v.injection.method -}}
{{- $used := dict
    "standalone" $standalone
    "sidecar" (not $standalone)
    "own" (ne (include "mlflow-gateway.hasOwnPods" .) "")
    "service" (ne (include "mlflow-gateway.hasService" .) "")
    "webhook" (or $standalone (has $method (list "auto" "webhook")))
    "outgoing" (or $standalone $v.sso.enabled) -}}
{{- $where := dict
    "standalone" "in mode sidecar"
    "sidecar" "in mode standalone"
    "own" "as the only pods are MLflow's"
    "service" "as there is no Service of the gateway"
    "webhook" (printf "with injection.method=%s" $method)
    "outgoing" "in mode sidecar without sso" -}}
{{- $told := list -}}
{{- range $names.only -}}
{{- $value := include "mlflow-gateway.valueAt" (dict "values" $v "path" .path) -}}
{{- if not (or (get $used .for) (has $value (list "null" (toJson .default))) (has .path $told)) -}}
{{- $told = append $told .path -}}
{{- $problems = append $problems (printf "%s: has no use %s: %s" .path (get $where .for) .say) -}}
{{- end -}}
{{- end -}}

{{- /* Two names for one value. */ -}}
{{- $aliases := dict
    "replicaCount" (list "replicas" $v.replicaCount $v.replicas)
    "imagePullSecrets" (list "image.pullSecrets" (include "mlflow-gateway.namedSecrets" $v.imagePullSecrets | fromJsonArray) (include "mlflow-gateway.namedSecrets" $v.image.pullSecrets | fromJsonArray))
    "extraEnvFrom" (list "envFrom" $v.extraEnvFrom $v.envFrom)
    "initContainers" (list "extraInitContainers" $v.initContainers $v.extraInitContainers) -}}
{{- range $alias, $it := $aliases -}}
{{- if not (or (has (toJson (index $it 1)) (list "null" "[]")) (has (toJson (index $it 2)) (list "null" "[]")) (eq (toJson (index $it 1)) (toJson (index $it 2)))) -}}
{{- $problems = append $problems (printf "%s: is another name of %s, which is set too and differs; keep one" $alias (first $it)) -}}
{{- end -}}
{{- end -}}
{{- $portSet := not (has (toJson $v.service.port) (list "80" (toJson $v.service.portNumber))) -}}
{{- if and (not (kindIs "invalid" $v.service.portNumber)) $portSet -}}
{{- $problems = append $problems "service.portNumber: is another name of service.port, which is set too and differs; keep one" -}}
{{- end -}}
{{- if and $v.strategy (ne (toJson $v.rollingUpdate) "{\"maxSurge\":1,\"maxUnavailable\":0}") -}}
{{- $problems = append $problems "strategy: says how a rollout replaces pods, and so does rollingUpdate; keep one" -}}
{{- end -}}
{{- if and $v.topologySpreadConstraints (ne (toJson $v.topologySpread) "{\"keys\":[\"kubernetes.io/hostname\",\"topology.kubernetes.io/zone\"],\"whenUnsatisfiable\":\"ScheduleAnyway\"}") -}}
{{- $problems = append $problems "topologySpreadConstraints: says how pods are spread, and so does topologySpread; keep one" -}}
{{- end -}}
{{- if and $v.injection.namespaces $v.injection.namespaceSelector -}}
{{- $problems = append $problems "injection.namespaceSelector: names the namespaces, and so does injection.namespaces; keep one" -}}
{{- end -}}
{{- range $path, $image := dict "image" $v.image "sso.image" $v.sso.image -}}
{{- $host := include "mlflow-gateway.registryOf" $image.repository -}}
{{- if and $image.registry $host (ne $host $image.registry) (not (and (eq $path "sso.image") (eq $host "quay.io"))) -}}
{{- $problems = append $problems (printf "%s.registry: is %s, and %s.repository begins with another registry, %s; keep one" $path $image.registry $path $host) -}}
{{- end -}}
{{- end -}}

{{- if .Chart.IsRoot -}}
{{- range $name, $_ := omit (default dict $v.global) "imageRegistry" "imagePullSecrets" -}}
{{- $problems = append $problems (printf "global.%s: nothing in this chart reads it" $name) -}}
{{- end -}}
{{- end -}}
{{- if not (kindIs "invalid" $v.enabled) -}}
{{- if .Chart.IsRoot -}}
{{- $problems = append $problems "enabled: is for charts that have this one as a dependency; to take the release away use `helm uninstall`" -}}
{{- else if not $v.enabled -}}
{{- $problems = append $problems "enabled: is false, and the chart that depends on this one names it in no condition; write `condition: mlflow-gateway.enabled` there" -}}
{{- end -}}
{{- end -}}

{{- /* Labels that the chart reserves, and the label of pods that should get a gateway. */ -}}
{{- range $path, $labels := dict "commonLabels" $v.commonLabels "podLabels" $v.podLabels "service.labels" $v.service.labels "metrics.serviceMonitor.labels" $v.metrics.serviceMonitor.labels "metrics.prometheusRule.labels" $v.metrics.prometheusRule.labels -}}
{{- range $name, $_ := $labels -}}
{{- if has $name (list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "app.kubernetes.io/part-of" "helm.sh/chart") -}}
{{- $problems = append $problems (printf "%s: %s is the chart's own" $path $name) -}}
{{- else if hasPrefix "mlflow-gateway.io/" $name -}}
{{- $problems = append $problems (printf "%s: %s belongs on MLflow's pods, into the values of MLflow's chart" $path $name) -}}
{{- else if and (has $path (list "commonLabels" "podLabels")) (eq $name "app") $standalone -}}
{{- $problems = append $problems (printf "%s: app is the chart's own" $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Variables. */ -}}
{{- $seen := list -}}
{{- range $v.extraEnv -}}
{{- if has .name $seen -}}
{{- $problems = append $problems (printf "extraEnv: has %s twice; keep one" .name) -}}
{{- end -}}
{{- $seen = append $seen .name -}}
{{- with get $names.variables .name -}}
{{- $problems = append $problems (printf "extraEnv: write config.%s, or configFrom, in place of %s" . (last $seen)) -}}
{{- end -}}
{{- end -}}
{{- if and (has "NODE_EXTRA_CA_CERTS" $seen) $v.certificateAuthorities.provider -}}
{{- $problems = append $problems "extraEnv: NODE_EXTRA_CA_CERTS follows from certificateAuthorities.provider; keep one" -}}
{{- end -}}
{{- if or (hasKey $v.configFrom "GW_AUTH_MODE") (hasKey $v.configFrom "GW_AUTH_ENABLED") -}}
{{- $problems = append $problems "configFrom: whether callers must prove who they are is said by config.GW_AUTH_MODE, where the chart sees it" -}}
{{- end -}}
{{- range $path, $probe := dict "livenessProbe" $v.livenessProbe "readinessProbe" $v.readinessProbe "startupProbe" $v.startupProbe -}}
{{- range $name, $_ := omit $probe "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "failureThreshold" -}}
{{- $problems = append $problems (printf "%s.%s: cannot be set. Probes always use the gateway's own paths: only initialDelaySeconds, periodSeconds, timeoutSeconds and failureThreshold can be set" $path $name) -}}
{{- end -}}
{{- end -}}

{{- /* Numbers of pods. */ -}}
{{- if and $v.autoscaling.enabled $v.kedaAutoscaling.enabled -}}
{{- $problems = append $problems "kedaAutoscaling.enabled: KEDA makes a HorizontalPodAutoscaler, and so does autoscaling.enabled; keep one" -}}
{{- end -}}
{{- if and $standalone (include "mlflow-gateway.autoscaled" .) (include "mlflow-gateway.wantedReplicas" .) -}}
{{- $problems = append $problems "replicas: the autoscaler says how many pods there are (minReplicas, maxReplicas); remove it" -}}
{{- end -}}
{{- range $path, $scaler := dict "autoscaling" $v.autoscaling "kedaAutoscaling" $v.kedaAutoscaling -}}
{{- if and $scaler.enabled (gt (int $scaler.minReplicas) (int $scaler.maxReplicas)) -}}
{{- $problems = append $problems (printf "%s.minReplicas: is %v, more than maxReplicas, which is %v" $path $scaler.minReplicas $scaler.maxReplicas) -}}
{{- end -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (not (or $v.autoscaling.metrics $v.autoscaling.targetCPUUtilizationPercentage $v.autoscaling.targetMemoryUtilizationPercentage)) -}}
{{- $problems = append $problems "autoscaling: needs targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage or metrics" -}}
{{- end -}}
{{- range $v.autoscaling.metrics -}}
{{- if and (eq (dig "resource" "name" "" .) "memory") $v.autoscaling.targetMemoryUtilizationPercentage -}}
{{- $problems = append $problems "autoscaling.metrics: is about the memory, and so is targetMemoryUtilizationPercentage; keep one" -}}
{{- end -}}
{{- end -}}
{{- if and $v.kedaAutoscaling.enabled (not $v.kedaAutoscaling.triggers) -}}
{{- $problems = append $problems "kedaAutoscaling.triggers: is required with kedaAutoscaling.enabled" -}}
{{- end -}}
{{- $budget := $v.podDisruptionBudget -}}
{{- if $budget.enabled -}}
{{- if kindIs "invalid" $budget.minAvailable -}}
{{- if kindIs "invalid" $budget.maxUnavailable -}}
{{- $problems = append $problems "podDisruptionBudget: needs maxUnavailable or minAvailable" -}}
{{- end -}}
{{- else if not (has (toJson $budget.maxUnavailable) (list "null" "1")) -}}
{{- $problems = append $problems "podDisruptionBudget.minAvailable: cannot be beside maxUnavailable; keep one" -}}
{{- end -}}
{{- end -}}
{{- if include "mlflow-gateway.alone" . -}}
{{- if or (ne (toJson $v.rollingUpdate) "{\"maxSurge\":1,\"maxUnavailable\":0}") (and $v.strategy (ne (toString $v.strategy.type) "Recreate")) -}}
{{- $problems = append $problems "strategy: with config.GW_TENANCY=tags and one pod it is Recreate, as two pods would not know each other's locks on names; remove it and rollingUpdate" -}}
{{- end -}}
{{- end -}}
{{- if and (eq (toString $v.strategy.type) "Recreate") $v.strategy.rollingUpdate -}}
{{- $problems = append $problems "strategy.rollingUpdate: cannot be with strategy.type=Recreate" -}}
{{- end -}}

{{- /* The Service and the routes from outside. */ -}}
{{- if eq $v.service.type "ClusterIP" -}}
{{- range list "nodePort" "externalTrafficPolicy" -}}
{{- if get $v.service . -}}
{{- $problems = append $problems (printf "service.%s: is for service.type NodePort and LoadBalancer" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if ne $v.service.type "LoadBalancer" -}}
{{- range list "loadBalancerIP" "loadBalancerClass" "loadBalancerSourceRanges" -}}
{{- if get $v.service . -}}
{{- $problems = append $problems (printf "service.%s: is for service.type LoadBalancer" .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $prefix := include "mlflow-gateway.pathPrefix" . -}}
{{- range include "mlflow-gateway.ingressHosts" . | fromJsonArray -}}
{{- $host := .host -}}
{{- range .paths -}}
{{- if not (or (eq .path $prefix) (hasPrefix (printf "%s/" $prefix) .path)) -}}
{{- $problems = append $problems (printf "ingress.hosts: %s has the path %s, and the gateway is served below config.GW_PATH_PREFIX, which is %s" $host .path (default "not set" $prefix)) -}}
{{- end -}}
{{- if eq .pathType "Exact" -}}
{{- $problems = append $problems (printf "ingress.hosts: %s%s has pathType Exact, with which nothing below it gets through; write Prefix" $host .path) -}}
{{- end -}}
{{- if or (hasKey . "backend") (hasKey . "port") -}}
{{- $problems = append $problems (printf "ingress.hosts: %s%s has a backend. Only the gateway is ever exposed, never MLflow" $host .path) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if kindIs "slice" $v.networkPolicy.egress -}}
{{- $problems = append $problems "networkPolicy.egress: is whether egress is limited, true or false; rules are networkPolicy.extraEgress" -}}
{{- end -}}
{{- if not $v.clusterKeys.enabled -}}
{{- $defaults := .Files.Get "defaults.json" | fromJson -}}
{{- range $path := list "clusterKeys.tokenSeconds" "clusterKeys.serviceAccounts" "networkPolicy.apiServer" -}}
{{- $value := include "mlflow-gateway.valueAt" (dict "values" $v "path" $path) -}}
{{- if ne $value (include "mlflow-gateway.valueAt" (dict "values" $defaults "path" $path)) -}}
{{- $problems = append $problems (printf "%s: has no use without clusterKeys.enabled" $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $standalone $v.certificateAuthorities.mlflow (ne $v.mlflow.scheme "https") -}}
{{- $problems = append $problems "certificateAuthorities.mlflow: has no use without mlflow.scheme=https" -}}
{{- end -}}
{{- if kindIs "map" $v.initContainers -}}
{{- if $v.initContainers -}}
{{- $problems = append $problems "initContainers: is a list of containers; write extraInitContainers" -}}
{{- end -}}
{{- end -}}

{{- if not $standalone -}}
{{- if and (eq $v.injection.webhook.certificate.from "certManager") (ne (int $v.injection.webhook.certificate.days) 3650) -}}
{{- $problems = append $problems "injection.webhook.certificate.days: is for certificates made by Helm; cert-manager renews its own every 60 days" -}}
{{- end -}}
{{- if and (eq $v.injection.webhook.certificate.from "helm") $v.injection.webhook.certificate.issuerRef -}}
{{- $problems = append $problems "injection.webhook.certificate.issuerRef: is for injection.webhook.certificate.from=certManager" -}}
{{- end -}}
{{- end -}}

{{- /* Namespaces by labels. */ -}}
{{- if and (not $standalone) $v.injection.namespaceSelector -}}
{{- if not (include "mlflow-gateway.hasGuard" .) -}}
{{- $problems = append $problems "injection.namespaceSelector: needs injection.guard.enabled=true and Kubernetes 1.30, as nothing else refuses labelled pods in namespaces that get the labels between two upgrades; name the namespaces in injection.namespaces" -}}
{{- end -}}
{{- if not (include "mlflow-gateway.selectedNamespaces" . | fromJsonArray) -}}
{{- $problems = append $problems "injection.namespaceSelector: finds no namespace. Either none has the labels, or there is no cluster to ask (`helm template`, Argo CD): NetworkPolicies need the names, so write them to injection.namespaces" -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/* The value at a path, as JSON; `null` if there is none. Called with (dict "values" .Values "path" "a.b"). */}}
{{- define "mlflow-gateway.valueAt" -}}
{{- $at := .values -}}
{{- range splitList "." .path -}}
{{- if and (kindIs "map" $at) (hasKey $at .) -}}
{{- $at = get $at . -}}
{{- else -}}
{{- $at = get (dict "none" nil) "none" -}}
{{- end -}}
{{- end -}}
{{- toJson $at -}}
{{- end -}}
