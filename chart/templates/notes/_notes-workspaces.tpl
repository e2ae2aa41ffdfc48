{{/* The release of Helm that an object belongs to. Called with its metadata. */}}
{{- define "mlflow-gateway.releaseOf" -}}
{{- $annotations := default dict (get . "annotations") -}}
{{- $labels := default dict (get . "labels") -}}
{{- default (default "RELEASE" (get $labels "app.kubernetes.io/instance")) (get $annotations "meta.helm.sh/release-name") -}}
{{- end -}}

{{/* The command that starts MLflow with --enable-workspaces. Called with (dict "namespace" ... "workload" {kind, metadata}). */}}
{{- define "mlflow-gateway.enableWorkspaces" -}}
{{- $chart := include "mlflow-gateway.mlflowChart" .workload.metadata -}}
{{- $upgrade := printf "helm -n %s upgrade %s <MLflow's chart> --reuse-values" .namespace (include "mlflow-gateway.releaseOf" .workload.metadata) -}}
{{- if eq $chart "community" }}
     {{ $upgrade }} --set 'extraFlags={enableWorkspaces}'
   (a list: repeat its present flags)
{{- else if eq $chart "official" }}
     {{ $upgrade }} --set 'server.flag_options={enable_workspaces}'
   (a list: repeat its present options)
{{- else }}
     kubectl -n {{ .namespace }} edit {{ .workload.kind }}/{{ .workload.metadata.name }}   # mlflow server ... --enable-workspaces
{{- end }}
{{- end -}}

{{/*
The strategy that fits an MLflow's command, and the requirements of the other.
Called with (dict "root" $ "namespace" ... "workload" {kind, metadata} "server" <mlflow-gateway.mlflowServer>).
*/}}
{{- define "mlflow-gateway.notesStrategy" -}}
{{- $said := toString (default "auto" (get .root.Values.config "GW_TENANCY")) -}}
{{- $where := printf "%s/%s" .workload.kind .workload.metadata.name -}}
{{- if hasKey .root.Values.configFrom "GW_TENANCY" }}
Strategy: the value of configFrom.GW_TENANCY.
{{- else if eq $said "tags" }}
Strategy: tags, set by config.GW_TENANCY.
{{- if .server.workspaces }} MLflow ({{ $where }}) runs with --enable-workspaces: config.GW_TENANCY=workspaces
would use them. Changing the strategy once tenants have data is a migration (docs/migration.md).
{{- end }}
{{- else if .server.workspaces }}
Strategy: workspaces, because MLflow ({{ $where }}) runs with --enable-workspaces. config.GW_TENANCY=tags selects the
other; changing the strategy once tenants have data is a migration (docs/migration.md).
{{- else }}
{{- if eq $said "workspaces" }}
Strategy: workspaces, set by config.GW_TENANCY, but MLflow ({{ $where }}) has no --enable-workspaces in its command.
Unless its image sets it, the gateway is not ready until MLflow has workspaces:
{{- else }}
Strategy: tags, because MLflow ({{ $where }}) has no --enable-workspaces in its command, and config.GW_TENANCY is auto.
For workspaces, turn them on BEFORE tenants write data: changing later is a migration (docs/migration.md). They
need MLflow 3.10 and a database as MLflow's backend store:
{{- end }}
{{- include "mlflow-gateway.enableWorkspaces" . }}
{{- end }}
{{- end -}}

{{/* The MLflows of a namespace, by workload: [{kind, metadata, template}], as JSON. Called with (dict "root" $ "namespace" ...). */}}
{{- define "mlflow-gateway.mlflowWorkloads" -}}
{{- $found := list -}}
{{- range include "mlflow-gateway.workloads" . | fromJsonArray -}}
{{- if include "mlflow-gateway.isMlflow" (dict "name" .metadata.name "labels" (get .metadata "labels") "selector" (get (default dict (get .template "metadata")) "labels")) -}}
{{- $found = append $found . -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{/* The command that labels an MLflow's pods. Called with (dict "namespace" ... "workload" {kind, metadata}). */}}
{{- define "mlflow-gateway.labelPods" -}}
{{- $chart := include "mlflow-gateway.mlflowChart" .workload.metadata -}}
{{- $upgrade := printf "helm -n %s upgrade %s <MLflow's chart> --reuse-values" .namespace (include "mlflow-gateway.releaseOf" .workload.metadata) -}}
{{- if eq $chart "community" }}
     {{ $upgrade }} --set-string extraPodLabels.mlflow-gateway\\.io/inject=enabled
{{- else if eq $chart "official" }}
     {{ $upgrade }} --set-string podLabels.mlflow-gateway\\.io/inject=enabled
{{- else }}
     kubectl -n {{ .namespace }} patch {{ .workload.kind }} {{ .workload.metadata.name }} -p '{"spec":{"template":{"metadata":{"labels":{"mlflow-gateway.io/inject":"enabled"}}}}}'
{{- end }}
{{- end -}}
