{{/*
The chart's own pods: those of the gateway in mode standalone, of the webhook and of oauth2-proxy, and that of `helm test`. All
use the same values.
*/}}

{{/* Labels of such pods. Called with (dict "root" $ "component" "gateway"). */}}
{{- define "mlflow-gateway.podLabels" -}}
{{- toYaml (merge (include "mlflow-gateway.labels" . | fromYaml) .root.Values.podLabels) -}}
{{- end -}}

{{/* Fields of their specs. Called with (dict "root" $ "selector" "..."), the selector as YAML; without it for a pod alone. */}}
{{- define "mlflow-gateway.podFields" -}}
{{- $root := .root -}}
{{- with .root.Values -}}
serviceAccountName: {{ include "mlflow-gateway.serviceAccountName" $root }}
automountServiceAccountToken: false
enableServiceLinks: {{ .enableServiceLinks }}
{{- with include "mlflow-gateway.pullSecrets" $root | trim }}
{{ . }}
{{- end }}
securityContext:
  {{- include "mlflow-gateway.podSecurityContext" $root | nindent 2 }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- if .selector }}
{{- with include "mlflow-gateway.spread" . | fromJsonArray }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "mlflow-gateway.affinity" . | fromJson }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The topology spread constraints of pods, as JSON. */}}
{{- define "mlflow-gateway.spread" -}}
{{- $selector := dict "matchLabels" (fromYaml .selector) -}}
{{- $spread := list -}}
{{- range .root.Values.topologySpreadConstraints -}}
{{- $spread = append $spread (merge (dict) . (dict "labelSelector" $selector)) -}}
{{- end -}}
{{- if not $spread -}}
{{- range .root.Values.topologySpread.keys -}}
{{- /* The pods of each rollout are spread separately. */ -}}
{{- $spread = append $spread (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" $.root.Values.topologySpread.whenUnsatisfiable "labelSelector" $selector "matchLabelKeys" (list "pod-template-hash")) -}}
{{- end -}}
{{- end -}}
{{- toJson $spread -}}
{{- end -}}

{{/* The affinity of the values, and whether two pods of a Deployment may be on one node, as JSON. */}}
{{- define "mlflow-gateway.affinity" -}}
{{- $affinity := deepCopy .root.Values.affinity -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (fromYaml .selector)) -}}
{{- $apart := .root.Values.podAntiAffinity -}}
{{- if ne $apart "none" -}}
{{- $anti := deepCopy (default dict (get $affinity "podAntiAffinity")) -}}
{{- $key := ternary "requiredDuringSchedulingIgnoredDuringExecution" "preferredDuringSchedulingIgnoredDuringExecution" (eq $apart "required") -}}
{{- $own := ternary $term (dict "weight" 100 "podAffinityTerm" $term) (eq $apart "required") -}}
{{- $_ := set $anti $key (append (default list (get $anti $key)) $own) -}}
{{- $_ := set $affinity "podAntiAffinity" $anti -}}
{{- end -}}
{{- toJson $affinity -}}
{{- end -}}

{{/* The update strategy of a Deployment. */}}
{{- define "mlflow-gateway.strategy" -}}
{{- toYaml (default (dict "type" "RollingUpdate" "rollingUpdate" .Values.rollingUpdate) .Values.strategy) -}}
{{- end -}}

{{/* The limit of a disruption budget. */}}
{{- define "mlflow-gateway.disruption" -}}
{{- if not (kindIs "invalid" .Values.podDisruptionBudget.minAvailable) -}}
minAvailable: {{ .Values.podDisruptionBudget.minAvailable }}
{{- else -}}
maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}
{{- end }}
# Pods that are not ready may always be evicted, so that a broken rollout does not block a drain.
unhealthyPodEvictionPolicy: AlwaysAllow
{{- end -}}

{{/* `true` if the chart creates a Deployment. */}}
{{- define "mlflow-gateway.hasOwnPods" -}}
{{- if or (eq .Values.mode "standalone") .Values.sso.enabled (eq (include "mlflow-gateway.injectionMethod" .) "webhook") -}}
true
{{- end -}}
{{- end -}}
