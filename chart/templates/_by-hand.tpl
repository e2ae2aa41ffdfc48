{{/*
The sidecar to copy into MLflow's values (injection.method=none), complete, once for each chart. For NOTES.txt. Entries that MLflow's values
already have under these names must stay beside it.
*/}}
{{- define "mlflow-gateway.byHand" -}}
   and add the sidecar to them, with the second label, by which the Service selects it. In the values of MLflow's own chart:

     podLabels:
       mlflow-gateway.io/inject: enabled
       mlflow-gateway.io/has-gateway: "true"
     extraInitContainers:
       {{- include "mlflow-gateway.byHandContainers" . | nindent 7 }}
     extraVolumes:
       {{- include "mlflow-gateway.sidecarVolumes" . | fromJsonArray | toYaml | nindent 7 }}
     extraVolumeMounts:
       {{- include "mlflow-gateway.byHandMounts" . | nindent 7 }}
     env:
       {{- include "mlflow-gateway.mlflowEnv" . | fromJsonArray | toYaml | nindent 7 }}

   In the values of community-charts/mlflow:

     extraPodLabels:
       mlflow-gateway.io/inject: enabled
       mlflow-gateway.io/has-gateway: "true"
     initContainers:
       {{- include "mlflow-gateway.byHandContainers" . | nindent 7 }}
     extraVolumes:
       {{- include "mlflow-gateway.sidecarVolumes" . | fromJsonArray | toYaml | nindent 7 }}
     extraVolumeMounts:
       {{- include "mlflow-gateway.byHandMounts" . | nindent 7 }}
     extraEnvVars:
       {{- range include "mlflow-gateway.mlflowEnv" . | fromJsonArray }}
       {{ .name }}: {{ .value | quote }}
       {{- end }}

   Keep the labels, containers, volumes and variables that MLflow's values already have: Helm replaces lists.
{{- if .Values.image.pullSecrets }}
   The pod also needs the imagePullSecrets of both charts: {{ .Values.image.pullSecrets | toJson }}.
{{- end }}
{{- end -}}

{{- define "mlflow-gateway.byHandContainers" -}}
- {{- include "mlflow-gateway.sidecar" (dict "root" . "port" .Values.injection.port) | nindent 2 }}
{{- end -}}

{{- define "mlflow-gateway.byHandMounts" -}}
- {{- include "mlflow-gateway.socketMount" . | fromJson | toYaml | nindent 2 }}
{{- end -}}
