{{/* MLflow's path prefix, which the gateway must know, and the paths of probes. */}}
{{- define "mlflow-gateway.guard.paths" -}}
- name: upstreamPrefix
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_UPSTREAM_PATH_PREFIX") | nindent 4 }}
- name: publicPrefixes
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_PATH_PREFIX") | nindent 4 }}
- name: publicPrefix
  expression: "size(variables.publicPrefixes) > 0 ? string(variables.publicPrefixes[size(variables.publicPrefixes) - 1]) : ''"
- name: probes
  expression: >-
    (has(variables.mlflow.startupProbe) && has(variables.mlflow.startupProbe.httpGet) ? [variables.mlflow.startupProbe.httpGet] : []) +
    (has(variables.mlflow.livenessProbe) && has(variables.mlflow.livenessProbe.httpGet) ? [variables.mlflow.livenessProbe.httpGet] : []) +
    (has(variables.mlflow.readinessProbe) && has(variables.mlflow.readinessProbe.httpGet) ? [variables.mlflow.readinessProbe.httpGet] : [])
# The probes that the gateway answers: at its port number, or at a port name of MLflow's container.
- name: answered
  expression: >-
    variables.probes.filter(g, string(g.port) == string(variables.listenPort) ||
    variables.tcp.exists(p, has(p.name) && p.name == string(g.port) && p.containerPort == variables.listenPort))
- name: closedPaths
  expression: >-
    variables.answered.map(g, has(g.path) ? g.path : '/').filter(p, !(p.split('?')[0] in
    ['/healthz', '/readyz', variables.publicPrefix + '/health']))
- name: pathsProblems
  expression: >-
    !variables.known || size(variables.gateways) != 1 ? [] :
    (variables.prefixClear ? [] : [
      "The --static-prefix (MLFLOW_STATIC_PREFIX) that MLflow is given cannot be read in the pod, is given several times, or has characters that the gateway does not accept. Write it out once, as in /mlflow."
    ]) +
    (!variables.prefixClear || variables.prefix == '' || variables.upstreamPrefix.exists(v, v == variables.prefix || v == '$(') ? [] : [
      "MLflow has --static-prefix " + variables.prefix + ", but the gateway is not configured for it. Set config.GW_UPSTREAM_PATH_PREFIX and config.GW_PATH_PREFIX of its chart to " + variables.prefix + "."
    ]) +
    (variables.answered.all(g, !has(g.scheme) || g.scheme == 'HTTP') ? [] : [
      "A probe of the container " + variables.mlflow.name + " uses HTTPS; the gateway, which answers it, uses HTTP in the pod. Use scheme HTTP (tls.enabled=false of MLflow's chart)."
    ]) +
    (size(variables.closedPaths) == 0 ? [] : [
      "A probe of the container " + variables.mlflow.name + " requests " + variables.closedPaths[0] + ", which the gateway does not answer without a token. Use " + variables.publicPrefix + "/health" +
      (variables.publicPrefix == '' ? '.' : ", or injection.method=webhook, which moves the probe there: neither chart of MLflow has a value for its path.")
    ])
{{- end -}}
