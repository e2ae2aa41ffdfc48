{{/* A release without values: the remaining steps for the existing MLflow. */}}
{{- define "mlflow-gateway.notesGuide" -}}
{{- $namespace := include "mlflow-gateway.mlflowNamespace" . -}}
{{- $services := (include "mlflow-gateway.mlflowServices" (dict "root" . "namespace" $namespace) | fromJson).names -}}
{{- $service := dict -}}
{{- $key := include "mlflow-gateway.look" (dict "root" . "apiVersion" "v1" "kind" "Service" "namespace" $namespace) -}}
{{- $look := get .MlflowLookups $key -}}
{{- range $look.items -}}
{{- if eq .metadata.name (first $services) -}}
{{- $service = . -}}
{{- end -}}
{{- end -}}
{{- $selector := default dict (get $service.spec "selector") -}}
{{- $workload := dict "kind" "deployment" "metadata" (dict "name" "MLFLOW") -}}
{{- $server := dict -}}
{{- range include "mlflow-gateway.workloads" (dict "root" . "namespace" $namespace) | fromJsonArray -}}
{{- if include "mlflow-gateway.fits" (dict "want" $selector "have" (get (default dict .template.metadata) "labels")) -}}
{{- $workload = . -}}
{{- $server = include "mlflow-gateway.mlflowServer" (dict "root" $ "namespace" $namespace "spec" .template.spec) | fromJson -}}
{{- end -}}
{{- end -}}
{{- $chart := include "mlflow-gateway.mlflowChart" $workload.metadata -}}
{{- $charts := dict "community" "community-charts/mlflow" "official" "MLflow's own chart" "own" "hand or by another chart" -}}
NOTHING HAS CHANGED YET. This release has no values, and so no gateway. MLflow is as open as before.

Found in the namespace {{ $namespace }}:
     Service     {{ $service.metadata.name }}, which selects pods with {{ toJson $selector }}
     {{ printf "%-11s" (title $workload.kind) }} {{ $workload.metadata.name }}, installed by {{ get $charts $chart }}
{{- with get (default dict (get $workload.metadata "labels")) "helm.sh/chart" }} ({{ . }}, release {{ include "mlflow-gateway.releaseOf" $workload.metadata }}){{ end }}
{{- if gt (len $services) 1 }}
There are more: {{ include "mlflow-gateway.names" (rest $services) }}. The steps below are for the first.
{{- end }}

1. Choose the tenancy strategy before tenants write data: changing later is a migration (docs/migration.md).
{{- if $server.workspaces }}
   MLflow runs with --enable-workspaces: each tenant gets a workspace.
{{- else }}
   MLflow's command has no --enable-workspaces, so the gateway would keep tenants apart by tags. For workspaces (MLflow 3.10 or
   newer, with a database as backend store):
{{- include "mlflow-gateway.enableWorkspaces" (dict "namespace" $namespace "workload" $workload) }}
   With them write `GW_TENANCY: workspaces` below, without them `GW_TENANCY: tags`.
{{- end }}

2. Configure your identity provider (docs/integration-guide.md, "Identity providers") and the image in values.yaml. Your cluster must
   be able to pull the image. Several issuers, groups and people in several teams: gateway.identity in place of GW_OIDC_* and
   GW_ROLE_CLAIM (docs/identity.md).

     image:
       repository: registry.example.com/mlflow-gateway
     config:
       GW_OIDC_ISSUER: https://keycloak.example.com/realms/ml
       GW_OIDC_AUDIENCE: mlflow
       GW_ROLE_CLAIM: realm_access.roles
       GW_TENANCY: {{ ternary "workspaces" "workspaces   # or tags" (eq (toString $server.workspaces) "true") }}

3. Choose where the gateway runs.

   a. In MLflow's pods, where MLflow leaves the network (MLflow 3.5 or newer):
        helm -n {{ .Release.Namespace }} upgrade {{ .Release.Name }} <this chart> --values values.yaml --set mode=sidecar
{{- if ne $namespace .Release.Namespace }} --set 'injection.namespaces={ {{- $namespace -}} }'{{ end }}
      and then the following, which restarts MLflow with the gateway in front:
{{- include "mlflow-gateway.labelPods" (dict "namespace" $namespace "workload" $workload) | replace "\n" "\n   " }}

   b. In its own pods, with MLflow's pods closed by a NetworkPolicy (the cluster's network must enforce NetworkPolicies):
        helm -n {{ .Release.Namespace }} upgrade {{ .Release.Name }} <this chart> --values values.yaml
{{- if ne $namespace .Release.Namespace }} --set mlflow.namespace={{ $namespace }}{{ end }}
{{- if gt (len $services) 1 }} --set mlflow.service={{ $service.metadata.name }}{{ end }}
      It finds {{ $service.metadata.name }} and closes pods with {{ toJson $selector }}.

4. Check that it works, and that MLflow responds only to the gateway:
     helm -n {{ .Release.Namespace }} test {{ .Release.Name }} --logs
     helm -n {{ .Release.Namespace }} status {{ .Release.Name }}   # the closed pods and ports
{{- end -}}
