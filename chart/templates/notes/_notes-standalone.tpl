{{/* Mode standalone: the MLflow behind the gateway, and the closed ports. */}}
{{- define "mlflow-gateway.notesStandalone" -}}
{{- $name := include "mlflow-gateway.fullname" . -}}
{{- $mlflow := include "mlflow-gateway.mlflow" . | fromJson -}}
The gateway runs in front of {{ $mlflow.url }}.
{{- if not (or $mlflow.serviceType (not $mlflow.known)) }}
There is no Service {{ $mlflow.service }} in the namespace {{ $mlflow.namespace }} yet: the gateway is not ready until it exists.
{{- end }}
Requests to MLflow have the host {{ $mlflow.host }}{{ if .Values.mlflow.host }} (mlflow.host){{ end }}. If MLflow has its own list of hosts
(--allowed-hosts or MLFLOW_SERVER_ALLOWED_HOSTS, as for an Ingress), mlflow.host must be a name of that list.
{{ if $mlflow.server }}
{{- include "mlflow-gateway.notesStrategy" (dict "root" . "namespace" $mlflow.namespace "workload" $mlflow.workload "server" $mlflow.server) }}
{{ end }}
{{- include "mlflow-gateway.notesLock" . }}

Check that it is ready, and that MLflow responds only to the gateway:
     kubectl -n {{ .Release.Namespace }} rollout status deployment/{{ $name }}
     helm -n {{ .Release.Namespace }} test {{ .Release.Name }} --logs
{{- if .Values.networkPolicy.enabled }}
The test fails if the cluster's network does not enforce NetworkPolicies.
{{- end }}
{{- end -}}

{{/* The ports that the NetworkPolicies close and leave open. */}}
{{- define "mlflow-gateway.notesLock" -}}
{{- $mlflow := include "mlflow-gateway.mlflow" . | fromJson -}}
{{- $name := include "mlflow-gateway.fullname" . -}}
{{- $before := $mlflow.before -}}
{{- if $before.moved }}
Before this upgrade the gateway ran in front of {{ $before.moved.service }} in {{ $before.moved.namespace }}. This release no longer closes its pods.
{{- else if and $before.service (ne $before.service $mlflow.service) }}
Before this upgrade the gateway ran in front of {{ $before.service }}, with pods {{ toJson $before.podLabels }}. This release no longer closes them.
{{- end }}
{{- if .Values.networkPolicy.enabled }}
Closed by the NetworkPolicy {{ $mlflow.namespace }}/{{ $name }}-mlflow: pods with {{ toJson $mlflow.podLabels }}.
{{- if not $mlflow.known }}
   Helm did not look these pods up. To list them:
     kubectl -n {{ $mlflow.namespace }} get pods -l {{ include "mlflow-gateway.selectorText" $mlflow.podLabels }}
{{- else if $mlflow.pods }}
   Pods now ({{ len $mlflow.pods }}): {{ include "mlflow-gateway.names" $mlflow.pods }}.
{{- else }}
   There are none yet. They are closed when they start.
{{- end }}
{{- with $mlflow.bystanders }}
   Not behind MLflow's Service, but closed too: {{ include "mlflow-gateway.names" . }}. If other pods must reach them, choose narrower
   labels (mlflow.podLabels).
{{- end }}
   Open: their port {{ int $mlflow.podPort }}, to the gateway's pods in {{ .Release.Namespace }}. This release opens nothing else.
{{- range $mlflow.policies }}
   NOT CLOSED: the NetworkPolicy {{ .name }} opens the same pods, {{ .what }} (networkPolicy.acceptedPolicies).
{{- end }}
{{- if has (default "ClusterIP" $mlflow.serviceType) (list "NodePort" "LoadBalancer") }}
   MLflow's Service {{ $mlflow.service }} is of the type {{ $mlflow.serviceType }}. Some networks let connections from a node through: make it ClusterIP.
{{- end }}
   An Ingress of MLflow's own no longer works; use this chart's (ingress, httpRoute, openshift.route).
Open to callers: port 8000 of the gateway's pods, to {{ ternary "the peers of networkPolicy.ingressFrom" "every pod and address" (not (empty .Values.networkPolicy.ingressFrom)) }}.
{{- if .Values.metrics.enabled }}
Open to the peers of metrics.from: port {{ .Values.metrics.port }}, with metrics{{ if .Values.metrics.mlflow.enabled }}, including MLflow's{{ end }}.
{{- end }}
{{- else }}
NOT CLOSED: networkPolicy.enabled=false. Anyone who reaches MLflow's pods{{ if not $mlflow.selector }}, or its host,{{ end }} bypasses the gateway.
{{- end }}
{{- end -}}

{{/* Labels in the form of kubectl's -l. */}}
{{- define "mlflow-gateway.selectorText" -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (printf "%s=%s" $key $value) -}}
{{- end -}}
{{ join "," $pairs }}
{{- end -}}
