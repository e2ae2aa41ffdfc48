{{/* Mode standalone: before what the gateway runs, and what is locked. */}}
{{- define "mlflow-gateway.notesStandalone" -}}
{{- $name := include "mlflow-gateway.fullname" . -}}
{{- $mlflow := include "mlflow-gateway.mlflow" . | fromJson -}}
The gateway runs before {{ $mlflow.url }}.
{{- if not (or $mlflow.serviceType (not $mlflow.known)) }}
There is no Service {{ $mlflow.service }} in the namespace {{ $mlflow.namespace }} yet: the gateway is not ready until there is.
{{- end }}
MLflow is asked for the host {{ $mlflow.host }}{{ if .Values.mlflow.host }} (mlflow.host){{ end }}. Where MLflow has a list of hosts of its own, by
--allowed-hosts or MLFLOW_SERVER_ALLOWED_HOSTS, as for an Ingress, mlflow.host must be a name of that list.
{{ if $mlflow.server }}
{{- include "mlflow-gateway.notesStrategy" (dict "root" . "namespace" $mlflow.namespace "workload" $mlflow.workload "server" $mlflow.server) }}
{{ end }}
{{- include "mlflow-gateway.notesLock" . }}

See that it is ready, and that MLflow answers to nobody else:
     kubectl -n {{ .Release.Namespace }} rollout status deployment/{{ $name }}
     helm -n {{ .Release.Namespace }} test {{ .Release.Name }} --logs
{{- if .Values.networkPolicy.enabled }}
The test fails where the cluster's network does not enforce NetworkPolicies.
{{- end }}
{{- end -}}

{{/* What the NetworkPolicies close and leave open. */}}
{{- define "mlflow-gateway.notesLock" -}}
{{- $mlflow := include "mlflow-gateway.mlflow" . | fromJson -}}
{{- $name := include "mlflow-gateway.fullname" . -}}
{{- $before := $mlflow.before -}}
{{- if $before.moved }}
Before this upgrade the gateway stood before {{ $before.moved.service }} in {{ $before.moved.namespace }}. This release closes its pods no more.
{{- else if and $before.service (ne $before.service $mlflow.service) }}
Before this upgrade the gateway stood before {{ $before.service }}, with pods {{ toJson $before.podLabels }}. This release closes them no more.
{{- end }}
{{- if .Values.networkPolicy.enabled }}
Locked by the NetworkPolicy {{ $mlflow.namespace }}/{{ $name }}-mlflow: pods with {{ toJson $mlflow.podLabels }}.
{{- if not $mlflow.known }}
   The cluster was not asked which pods these are:
     kubectl -n {{ $mlflow.namespace }} get pods -l {{ include "mlflow-gateway.selectorText" $mlflow.podLabels }}
{{- else if $mlflow.pods }}
   Now {{ len $mlflow.pods }}: {{ include "mlflow-gateway.names" $mlflow.pods }}.
{{- else }}
   There are none yet. They are locked when they come.
{{- end }}
{{- with $mlflow.bystanders }}
   Not behind MLflow's Service, and closed with it: {{ include "mlflow-gateway.names" . }}. If something else must reach them, choose narrower
   labels (mlflow.podLabels).
{{- end }}
   Open: their port {{ int $mlflow.podPort }}, to the gateway's pods in {{ .Release.Namespace }}. To others: nothing by this release.
{{- range $mlflow.policies }}
   NOT LOCKED: the NetworkPolicy {{ .name }} opens the same pods, {{ .what }} (networkPolicy.acceptedPolicies).
{{- end }}
{{- if has (default "ClusterIP" $mlflow.serviceType) (list "NodePort" "LoadBalancer") }}
   MLflow's Service {{ $mlflow.service }} is of the type {{ $mlflow.serviceType }}. Some networks let through what comes from a node: make it ClusterIP.
{{- end }}
   An Ingress of MLflow's own leads nowhere from now on; use this chart's (ingress, httpRoute, openshift.route).
Open to callers: port 8000 of the gateway's pods, to {{ ternary "the peers of networkPolicy.ingressFrom" "everybody" (not (empty .Values.networkPolicy.ingressFrom)) }}.
{{- if .Values.metrics.enabled }}
Open to the peers of metrics.from: port {{ .Values.metrics.port }}, with metrics{{ if .Values.metrics.mlflow.enabled }}, MLflow's among them{{ end }}.
{{- end }}
{{- else }}
NOT LOCKED: networkPolicy.enabled=false. Whoever reaches MLflow's pods{{ if not $mlflow.selector }}, or wherever it runs,{{ end }} goes around the gateway.
{{- end }}
{{- end -}}

{{/* Labels as kubectl's -l has them. */}}
{{- define "mlflow-gateway.selectorText" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (printf "%s=%s" $key $value) -}}
{{- end -}}
{{ join "," $pairs }}
{{- end -}}
