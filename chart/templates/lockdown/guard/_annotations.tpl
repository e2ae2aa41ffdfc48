{{/* Problems that prevent the injection: wrong annotations and ambiguous pods. */}}
{{- define "mlflow-gateway.guard.annotations" -}}
{{- $known := list }}
{{- range list "container" "port" "upstream" "allowed-ports" "injected" "config-checksum" }}
{{- $known = append $known (printf "mlflow-gateway.io/%s" .) }}
{{- end }}
- name: misspelt
  expression: >-
    variables.annotations.map(k, string(k)).filter(k, k.startsWith('mlflow-gateway.io/') && !(k in {{ toJson $known }}))
- name: annotatedUpstream
  expression: "'mlflow-gateway.io/upstream' in variables.annotations ? string(variables.annotations['mlflow-gateway.io/upstream']) : 'socket'"
- name: annotationsProblems
  expression: >-
    (size(variables.misspelt) == 0 ? [] : [
      "There is no annotation " + variables.misspelt.join(', ') + ": there are mlflow-gateway.io/container, port, upstream and allowed-ports."
    ]) +
    (variables.annotatedPort == '' || variables.annotatedPortValid ? [] : [
      "The annotation mlflow-gateway.io/port must be a port number, from 1 to 65535."
    ]) +
    (variables.annotatedAllowedPorts.matches('^ *([1-9][0-9]{0,4} *(, *[1-9][0-9]{0,4} *)*)?$') ? [] : [
      "The annotation mlflow-gateway.io/allowed-ports must be port numbers with commas between, as in 9090,15020."
    ]) +
    (variables.annotatedUpstream in ['socket', 'loopback'] ? [] : [
      "The annotation mlflow-gateway.io/upstream must be socket or loopback."
    ]) +
    {{- if eq (include "mlflow-gateway.injectionMethod" .) "admissionPolicy" }}
    (variables.annotatedUpstream != 'loopback' || size(variables.gateways) > 0 ? [] : [
      "The annotation mlflow-gateway.io/upstream is loopback, which the admission policy does not support: use the webhook (injection.method=webhook)."
    ]) +
    {{- end }}
    (size(variables.gateways) == 0 || !variables.known || !('mlflow-gateway.io/container' in variables.annotations) || variables.mlflow.name == variables.name ? [] : [
      "The annotation mlflow-gateway.io/container names " + variables.name + ", and the container with the socket is " + variables.mlflow.name + ". Correct the annotation, or remove it."
    ]) +
    (size(variables.gateways) > 0 || variables.index >= 0 ? [] : [
      'mlflow-gateway.io/container' in variables.annotations
      ? "The annotation mlflow-gateway.io/container names " + variables.name + ", but the pod's containers are " + variables.containers.map(c, c.name).join(', ') + "."
      : "Which container is MLflow's? None is called {{ .Values.injection.container }}; the pod has " + variables.containers.map(c, c.name).join(', ') + ". Name it by the annotation mlflow-gateway.io/container."
    ]) +
    (size(variables.gateways) > 0 || variables.index < 0 || variables.port > 0 || variables.annotatedPort != '' ? [] : [
      "Which port is MLflow's? Its container " + variables.name + " has several. Say which by the annotation mlflow-gateway.io/port."
    ]) +
    (size(variables.gateways) > 0 || !has(object.spec.volumes) || !object.spec.volumes.exists(v, v.name == 'mlflow-gateway-socket') ? [] : [
      "The pod has a volume called mlflow-gateway-socket, the name of one that the gateway adds. Rename it."
    ]) +
    (size(variables.gateways) > 0 || variables.index < 0 || !has(variables.mlflow.volumeMounts) ||
    !variables.mlflow.volumeMounts.exists(m, m.mountPath in [{{ .Values.injection.socket.directory | squote }}, {{ printf "%s/" .Values.injection.socket.directory | squote }}]) ? [] : [
      variables.name + " has something mounted at {{ .Values.injection.socket.directory }}, the directory of MLflow's socket. Mount it elsewhere."
    ])
{{- end -}}
