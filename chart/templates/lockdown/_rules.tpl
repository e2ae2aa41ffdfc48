{{/* Egress to DNS. OpenShift's DNS pods listen on 5353, and rules apply to the ports of pods, not of Services. */}}
{{- define "mlflow-gateway.dnsRule" -}}
- ports:
    {{- range ternary (list 53 5353) (list 53) .Values.openshift.enabled }}
    - {protocol: UDP, port: {{ . }}}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.dnsTo }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Egress to the identity provider: the ports that the configuration names. */}}
{{- define "mlflow-gateway.providerRule" -}}
{{- $ports := .Values.networkPolicy.identityProvider.ports -}}
{{- if not $ports -}}
{{- range include "mlflow-gateway.providerUrls" . | fromJsonArray -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "80" "443" (eq $url.scheme "http")) -}}
{{- $ports = append $ports (int $port) -}}
{{- end -}}
{{- end -}}
- ports:
    {{- range default (list 443) $ports | uniq }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.identityProvider.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Egress to the API server. Its pods use the node's network, so that no selector finds them. */}}
{{- define "mlflow-gateway.apiServerRule" -}}
- ports:
    {{- range .Values.networkPolicy.apiServer.ports | uniq }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
  {{- with .Values.networkPolicy.apiServer.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The peers in ingress rules of the gateway: its callers, and the release's own pods that call it. */}}
{{- define "mlflow-gateway.callers" -}}
{{- with .Values.networkPolicy.ingressFrom }}
from:
  {{- toYaml . | nindent 2 }}
  - namespaceSelector:
      matchLabels:
        kubernetes.io/metadata.name: {{ $.Release.Namespace }}
    podSelector:
      matchLabels:
        app.kubernetes.io/name: mlflow-gateway
        app.kubernetes.io/instance: {{ $.Release.Name }}
{{- end }}
{{- end -}}

{{/* The peers that may read metrics: a separate rule, because callers may not. */}}
{{- define "mlflow-gateway.metricsRule" -}}
{{- if and .Values.metrics.enabled .Values.metrics.from -}}
- ports:
    - {protocol: TCP, port: {{ .Values.metrics.port }}}
  from:
    {{- toYaml .Values.metrics.from | nindent 4 }}
{{- end -}}
{{- end -}}
