{{/* Mode sidecar: the pods that get the gateway, and the strategy and commands for the existing MLflows. */}}
{{- define "mlflow-gateway.notesSidecar" -}}
{{- $name := include "mlflow-gateway.fullname" . -}}
{{- $method := include "mlflow-gateway.injectionMethod" . -}}
The gateway is added to pods with the label mlflow-gateway.io/inject=enabled, in {{ include "mlflow-gateway.injectedNamespaces" . | fromJsonArray | join ", " }}.
{{- if eq $method "webhook" }}
The webhook {{ $name }}-inject adds it. Without a response of the webhook the pods are refused.
{{- else if eq $method "admissionPolicy" }}
The API server adds it (MutatingAdmissionPolicy {{ include "mlflow-gateway.clusterName" . }}).
{{- end }}
{{- include "mlflow-gateway.notesSidecarLock" . }}
{{ $found := include "mlflow-gateway.sidecarMlflows" . | fromJsonArray }}
{{- range $found }}
In {{ .namespace }}, {{ .workload.kind }}/{{ .workload.metadata.name }}:
{{- include "mlflow-gateway.notesStrategy" (dict "root" $ "namespace" .namespace "workload" .workload "server" .server) }}
{{ end }}
1. Label MLflow's pods.
{{- range $found }}
{{- include "mlflow-gateway.labelPods" . }}
{{- else }} With MLflow's own chart:
     helm upgrade mlflow ... --reuse-values --set-string podLabels.mlflow-gateway\\.io/inject=enabled
   with community-charts/mlflow:
     helm upgrade mlflow ... --reuse-values --set-string extraPodLabels.mlflow-gateway\\.io/inject=enabled
   with a Deployment of your own:
     kubectl patch deployment mlflow -p '{"spec":{"template":{"metadata":{"labels":{"mlflow-gateway.io/inject":"enabled"}}}}}'
   For workspaces, start MLflow with --enable-workspaces before tenants write data (server.flag_options of MLflow's
   own chart, extraFlags of community-charts/mlflow). Otherwise the strategy is tags, and changing later is a migration.
{{- end }}
{{- end -}}

{{/* Mode sidecar, after the pods have the label. */}}
{{- define "mlflow-gateway.notesSidecarAfter" }}
2. Check that they have it and are ready, and test the gateway:
     kubectl -n {{ .Release.Namespace }} get pods -l mlflow-gateway.io/inject=enabled
     helm -n {{ .Release.Namespace }} test {{ .Release.Name }} --logs

3. Sidecars keep the configuration that they were created with. After a change, restart MLflow
   {{- if eq (include "mlflow-gateway.injectionMethod" .) "webhook" }} once the webhook's old pods are gone{{ end }}:
{{- range include "mlflow-gateway.sidecarMlflows" . | fromJsonArray }}
     kubectl -n {{ .namespace }} rollout restart {{ .workload.kind }}/{{ .workload.metadata.name }}
{{- else }}
     kubectl rollout restart deployment/mlflow
{{- end }}
   Pods with the annotation mlflow-gateway.io/config-checksum={{ include "mlflow-gateway.sidecarChecksum" . }} have the present one.
{{- if not (include "mlflow-gateway.hasGuard" .) }}

   No ValidatingAdmissionPolicy stands behind the label (injection.guard.enabled, Kubernetes 1.30): a pod without its sidecar would
   run nevertheless.
{{- end }}

   After `helm uninstall` no sidecars are added any more, and MLflow's next pods are open. Before that, remove the label and close
   MLflow by other means.
{{- end -}}

{{/* The closed and the open ports. */}}
{{- define "mlflow-gateway.notesSidecarLock" -}}
{{- if .Values.networkPolicy.enabled }}
Closed by the NetworkPolicy {{ include "mlflow-gateway.fullname" . }} in each of these namespaces: pods with that label, except port {{ prepend .Values.networkPolicy.sidecarPorts .Values.injection.port | uniq | join ", " }}, open to {{ ternary "the peers of networkPolicy.ingressFrom" "every pod and address" (not (empty .Values.networkPolicy.ingressFrom)) }}
{{- if .Values.metrics.enabled }}, and port {{ .Values.metrics.port }} with metrics, open to the peers of metrics.from{{ end }}.
{{- include "mlflow-gateway.notesSidecarPods" . }}
{{- else }}
No NetworkPolicy closes these pods (networkPolicy.enabled=false): MLflow itself has no port, other containers of the pod are open.
{{- end }}
{{- end -}}

{{/* The pods with the label, and those of them without a gateway. */}}
{{- define "mlflow-gateway.notesSidecarPods" -}}
{{- range $namespace := include "mlflow-gateway.injectedNamespaces" . | fromJsonArray -}}
{{- $key := include "mlflow-gateway.look" (dict "root" $ "apiVersion" "v1" "kind" "Pod" "namespace" $namespace) -}}
{{- $look := get $.MlflowLookups $key -}}
{{- $names := list -}}
{{- $without := list -}}
{{- range $look.items -}}
{{- $labels := default dict (get .metadata "labels") -}}
{{- if and (eq (toString (get $labels "mlflow-gateway.io/inject")) "enabled") (not (has (toString (get (default dict (get . "status")) "phase")) (list "Succeeded" "Failed"))) -}}
{{- $names = append $names .metadata.name -}}
{{- if not (hasKey $labels "mlflow-gateway.io/has-gateway") -}}
{{- $without = append $without .metadata.name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $names }}
   Pods now in {{ $namespace }} ({{ len $names }}): {{ include "mlflow-gateway.names" $names }}.
{{- with $without }}
   NOT BEHIND A GATEWAY: {{ include "mlflow-gateway.names" . }}. They started before this release could add gateways to pods: restart them.
{{- end }}
{{- else if $look.known }}
   In {{ $namespace }} no pod has it yet.
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The first five MLflows of the injected namespaces, as a JSON array of {namespace, workload, server}. */}}
{{- define "mlflow-gateway.sidecarMlflows" -}}
{{- $found := list -}}
{{- range $namespace := include "mlflow-gateway.injectedNamespaces" . | fromJsonArray -}}
{{- range include "mlflow-gateway.mlflowWorkloads" (dict "root" $ "namespace" $namespace) | fromJsonArray -}}
{{- if lt (len $found) 5 -}}
{{- $server := include "mlflow-gateway.mlflowServer" (dict "root" $ "namespace" $namespace "spec" .template.spec) | fromJson -}}
{{- $found = append $found (dict "namespace" $namespace "workload" (dict "kind" .kind "metadata" .metadata) "server" $server) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
