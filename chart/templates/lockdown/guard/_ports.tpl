{{/* Ports of the pod: the gateway's own, whether the NetworkPolicy opens it, and those that other containers declare. */}}
{{- define "mlflow-gateway.guard.ports" -}}
- name: listenPorts
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_LISTEN_PORT") | nindent 4 }}
# The gateway's default without a configured port.
- name: listenPort
  expression: >-
    size(variables.listenPorts) == 0 ? 8000 :
    variables.listenPorts[size(variables.listenPorts) - 1].matches('^[1-9][0-9]{0,4}$') ? int(variables.listenPorts[size(variables.listenPorts) - 1]) : 0
- name: ownPorts
  expression: >-
    ({{ include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_METRICS_PORT") }} +
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_JOBS_PORT") }})
    .filter(p, p.matches('^[1-9][0-9]{0,4}$')).map(p, int(p))
- name: allowedText
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_SIDECAR_ALLOWED_PORTS") | nindent 4 }}
- name: allowed
  expression: >-
    variables.allowedText.join(',').split(',').map(p, p.trim()).filter(p, p.matches('^[1-9][0-9]{0,4}$')).map(p, int(p))
# The allowed ports are unknown, or the gateway checks only MLflow's ports and accepts other listeners.
- name: portsUnchecked
  expression: >-
    variables.allowedText.exists(v, v == '$(') ||
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_SIDECAR_CHECK") }}.exists(v, v == 'ports' || v == '$(')
- name: running
  expression: >-
    dyn(variables.containers) + dyn(has(object.spec.initContainers) ? object.spec.initContainers.filter(c, c.name != 'mlflow-gateway' && has(c.restartPolicy) && c.restartPolicy == 'Always') : [])
- name: declaring
  expression: "variables.running.filter(c, has(c.ports))"
- name: taken
  expression: >-
    variables.declaring.filter(c, c.ports.exists(p, (!has(p.protocol) || p.protocol == 'TCP') && int(p.containerPort) in variables.ownPorts)).map(c, string(c.name))
# Configured ports of MLflow: its container may declare them, because nothing listens there.
- name: ownDeclarablePorts
  expression: >-
    (variables.configuredPorts + {{ include "mlflow-gateway.celValues" (dict "env" "variables.gatewayEnv" "name" "GW_SIDECAR_CHECK_PORTS") }}.join(',').findAll('[0-9]{1,5}'))
    .map(p, int(p))
- name: unexpectedPorts
  expression: >-
    variables.portsUnchecked ? [] :
    variables.declaring.map(c, c.ports.filter(p, (!has(p.protocol) || p.protocol == 'TCP') && int(p.containerPort) != variables.listenPort &&
    !(int(p.containerPort) in variables.ownPorts) && !(int(p.containerPort) in variables.allowed) &&
    !(variables.known && c.name == variables.mlflow.name && int(p.containerPort) in variables.ownDeclarablePorts))
    .map(p, string(c.name) + ' declares ' + string(p.containerPort)).join(', ')).filter(t, t != '')
- name: samePort
  expression: >-
    variables.declaring.filter(c, variables.known && c.name != variables.mlflow.name && c.ports.exists(p, (!has(p.protocol) || p.protocol == 'TCP') && int(p.containerPort) == variables.listenPort))
    .map(c, string(c.name))
- name: portsProblems
  expression: >-
    size(variables.gateways) != 1 ? [] :
    {{- with include "mlflow-gateway.openPorts" . | fromJsonArray }}
    (variables.listenPort in {{ toJson . }} ? [] : [
      "The gateway would listen at port " + string(variables.listenPort) + ", which the NetworkPolicy of the release does not open: callers reach " + {{ . | join ", " | toJson }} + " only. Set injection.port=" + string(variables.listenPort) + " of the gateway's chart."
    ]) +
    {{- end }}
    (variables.listenPort in variables.ownPorts || size(variables.taken) > 0 ? [
      "The gateway would serve its metrics or jobs of MLflow (GW_METRICS_PORT, GW_JOBS_PORT) at a port that " + (size(variables.taken) > 0 ? 'the container ' + variables.taken[0] + ' declares' : 'is MLflow\'s') + ". Choose another: metrics.port, injection.jobsPort."
    ] : []) +
    (variables.listenPort in variables.allowed ? [
      "Port " + string(variables.listenPort) + " is allowed to others (mlflow-gateway.io/allowed-ports, GW_SIDECAR_ALLOWED_PORTS, networkPolicy.sidecarPorts), but it is MLflow's. Name ports of other programs only."
    ] : []) +
    (variables.annotatedAllowedPorts == '' || !variables.allowedText.exists(v, v == '$(') ? [] : [
      "The annotation mlflow-gateway.io/allowed-ports cannot be joined to GW_SIDECAR_ALLOWED_PORTS, which the gateway reads from elsewhere. Write all ports into one of them."
    ]) +
    (variables.allowedText.exists(v, v == '$(') ||
    variables.annotatedAllowedPorts.findAll('[0-9]+').all(p, p in variables.allowedText.join(',').findAll('[0-9]+')) ? [] : [
      "The annotation mlflow-gateway.io/allowed-ports names ports that the gateway of the pod does not allow. If the gateway is written by hand, add them to its GW_SIDECAR_ALLOWED_PORTS."
    ]) +
    (variables.annotatedPort == '' || !variables.annotatedPortValid || int(variables.annotatedPort) == variables.listenPort ? [] : [
      "The annotation mlflow-gateway.io/port is " + variables.annotatedPort + ", and the gateway of the pod listens at " + string(variables.listenPort) + ": where it is written by hand, set its GW_LISTEN_PORT, or remove the annotation."
    ]) +
    (!variables.known || variables.annotatedPort != '' || size(variables.tcp) == 0 || variables.tcp.exists(p, int(p.containerPort) == variables.listenPort) ? [] : [
      "The container " + variables.mlflow.name + " declares port " + string(variables.tcp[0].containerPort) + ", and the gateway of the pod listens at " + string(variables.listenPort) + ": Services and probes of MLflow would fail. Set injection.port=" + string(variables.tcp[0].containerPort) + " of the gateway's chart, and replace the sidecar by the one in its notes."
    ]) +
    (size(variables.samePort) == 0 ? [] : [
      "The container " + variables.samePort.join(', ') + " declares port " + string(variables.listenPort) + ", at which the gateway listens. Give one of them another port."
    ]) +
    (size(variables.unexpectedPorts) == 0 ? [] : [
      "The container " + variables.unexpectedPorts.join(', the container ') + ": only the gateway may listen in the pod. Remove the port; or, if it is not MLflow's and must be reached, allow it by the annotation mlflow-gateway.io/allowed-ports, or for all pods by networkPolicy.sidecarPorts or config.GW_SIDECAR_ALLOWED_PORTS."
    ])
{{- end -}}
