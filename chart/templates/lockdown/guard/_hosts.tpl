{{/*
Whether MLflow accepts the Host that the gateway sends (mlflow/server/fastapi_security.py). Without a list it accepts localhost and
private addresses; with `--disable-security-middleware` it accepts every host.
*/}}
{{- define "mlflow-gateway.guard.hosts" -}}
- name: hostGiven
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_UPSTREAM_HOST") | nindent 4 }}
- name: host
  expression: >-
    size(variables.hostGiven) > 0 && variables.hostGiven[size(variables.hostGiven) - 1] != '' ? string(variables.hostGiven[size(variables.hostGiven) - 1]) :
    variables.socket != '' ? 'localhost' : variables.target.replace('http://', '').replace('/', '')
- name: hostsOff
  expression: >-
    variables.line.matches('(^| )--disable-security-middleware( |$)') ||
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE") }}.exists(v, v == 'true')
- name: hostFits
  expression: >-
    size(variables.hosts) == 0
    ? variables.host.matches('^(localhost|127[.]0[.]0[.]1|0[.]0[.]0[.]0|[[]::1[]])(:.*)?$|^(10|192[.]168|172[.](1[6-9]|2[0-9]|3[01]))[.]')
    : {{ include "mlflow-gateway.celHostFits" "variables.host" | nindent 4 }}
- name: hostsProblems
  expression: >-
    !variables.known || size(variables.gateways) != 1 || variables.hostsOff ? [] :
    !variables.hostListClear ? [
      "MLflow's allowed hosts cannot be read in the pod, or are given several times (--allowed-hosts, MLFLOW_SERVER_ALLOWED_HOSTS of the container " + variables.mlflow.name + "). Write one list out, with localhost in it, which is the Host that the gateway sends."
    ] :
    variables.host.contains('$(') ? [
      "GW_UPSTREAM_HOST of the gateway is read from elsewhere, so the guard cannot check that MLflow accepts it. Write it out (config.GW_UPSTREAM_HOST)."
    ] :
    size(variables.hosts) == 0 && size(variables.hostVariable) == 0 && has(variables.mlflow.envFrom) ? [
      "The container " + variables.mlflow.name + " has envFrom, which may set MLFLOW_SERVER_ALLOWED_HOSTS to names that the gateway does not send (community-charts/mlflow does for its Ingress). Write MLFLOW_SERVER_ALLOWED_HOSTS=" + variables.host + " into its env (env of MLflow's chart, extraEnvVars of community-charts/mlflow)."
    ] :
    variables.hostFits ? [] : [
      "MLflow does not accept " + variables.host + ", the Host that the gateway sends: its allowed hosts are " + (size(variables.hostList) > 300 ? variables.hostList.substring(0, 300) + '...' : size(variables.hosts) == 0 ? 'its own defaults' : variables.hostList) + ". Add " + variables.host + " to them (--allowed-hosts, MLFLOW_SERVER_ALLOWED_HOSTS; server.value_options.allowed_hosts of MLflow's chart, serverAllowedHosts of community-charts/mlflow), or set GW_UPSTREAM_HOST of the gateway to one of them."
    ]
{{- end -}}
