{{/*
The pod's gateway, its address of MLflow, and whether MLflow listens there. Each file of this folder has the variables of one kind of
problem; the last of them, `...Problems`, is a list of sentences.
*/}}
{{- define "mlflow-gateway.guard.gateway" -}}
- name: native
  expression: >-
    has(object.spec.initContainers)
    ? object.spec.initContainers.filter(c, c.name == 'mlflow-gateway' && has(c.restartPolicy) && c.restartPolicy == 'Always')
    : []
- name: ordinary
  expression: object.spec.containers.filter(c, c.name == 'mlflow-gateway')
- name: gateways
  expression: dyn(variables.native) + dyn(variables.ordinary)
- name: gatewayEnv
  expression: "size(variables.gateways) > 0 && has(variables.gateways[0].env) ? variables.gateways[0].env : []"
- name: target
  expression: >-
    variables.gateways.map(c, has(c.env) ? c.env.filter(e, e.name == 'GW_TARGET_BASE_URL' && has(e.value)).map(e, e.value) : [])
    .map(values, size(values) > 0 ? string(values[size(values) - 1]) : '').join('')
- name: socket
  expression: "variables.target.startsWith('unix:') ? variables.target.substring(5) : ''"
- name: directory
  expression: "variables.socket.contains('/') ? variables.socket.substring(0, variables.socket.lastIndexOf('/')) : ''"
- name: volumes
  expression: "has(object.spec.volumes) ? object.spec.volumes.filter(v, has(v.emptyDir)).map(v, v.name) : []"
# The gateway's volume at the socket's directory.
- name: shared
  expression: >-
    variables.gateways.map(c, has(c.volumeMounts) ? c.volumeMounts.filter(m, m.mountPath == variables.directory).map(m, m.name) : [])
    .map(names, size(names) > 0 ? string(names[0]) : '').join('')
# MLflow's containers: those that listen on that socket, and mount it from the same volume.
- name: onSocket
  expression: >-
    variables.containers.filter(c, variables.socket != '' && has(c.env) && has(c.volumeMounts) &&
    c.env.exists(e, e.name == 'UVICORN_UDS' && has(e.value) && e.value == variables.socket) &&
    c.volumeMounts.exists(m, m.mountPath == variables.directory && m.name == variables.shared))
- name: loopback
  expression: >-
    variables.target.matches('^http://(127[.][0-9.]+|localhost|[[]::1[]])(:[0-9]+)?/?$') &&
    'mlflow-gateway.io/upstream' in variables.annotations && variables.annotations['mlflow-gateway.io/upstream'] == 'loopback'
# MLflow's containers on loopback: by --host, which wins, or by MLFLOW_HOST.
- name: onLoopback
  expression: >-
    variables.containers.filter(c, variables.loopback &&
    {{ include "mlflow-gateway.celLine" "c" | nindent 4 }}.findAll('(^| )(--host[= ]|-h ?)[^ ]+').size() > 0
    ? {{ include "mlflow-gateway.celLine" "c" | nindent 4 }}.findAll('(^| )(--host[= ]|-h ?)[^ ]+')
    .all(w, w.matches('(--host[= ]|-h ?)(127[.]0[.]0[.]1|::1|localhost)$'))
    : variables.loopback && has(c.env) && c.env.exists(e, e.name == 'MLFLOW_HOST' && has(e.value) && e.value in ['127.0.0.1', '::1', 'localhost']))
- name: mlflow
  expression: >-
    size(variables.onSocket) > 0 ? variables.onSocket[0] :
    size(variables.onLoopback) > 0 ? variables.onLoopback[0] :
    object.spec.containers[variables.index < 0 ? 0 : variables.index]
# Whether `mlflow` is MLflow's container, and not only the first one.
- name: known
  expression: size(variables.onSocket) > 0 || size(variables.onLoopback) > 0 || variables.index >= 0
- name: gatewayProblems
  expression: >-
    (size(variables.gateways) == 1 ? [] : [
      "A pod with the label mlflow-gateway.io/inject=enabled must run the gateway: it has no container mlflow-gateway (among initContainers with restartPolicy Always, or among containers).
      {{- if eq (include "mlflow-gateway.injectionMethod" .) "none" }} This release does not add one (injection.method=none): helm get notes {{ .Release.Name }} -n {{ .Release.Namespace }} prints the values to add to MLflow's."
      {{- else }}"{{ end }}
    ]) +
    (size(variables.gateways) != 1 || variables.socket != '' || variables.loopback ? [] : [
      "The container mlflow-gateway has a GW_TARGET_BASE_URL that is neither a unix: socket nor, with the annotation mlflow-gateway.io/upstream=loopback, a loopback address."
    ]) +
    (variables.socket == '' || (variables.shared != '' && variables.shared in variables.volumes) ? [] : [
      "The container mlflow-gateway has no emptyDir at the directory of MLflow's socket (" + variables.directory + "): add the volume and its volumeMount."
    ]) +
    (variables.socket == '' || size(variables.onSocket) > 0 ? [] : [
      "MLflow would be on the network: no container has UVICORN_UDS with the socket of the gateway's GW_TARGET_BASE_URL, and the volume it is in. Give MLflow's container both."
    ]) +
    (!variables.loopback || size(variables.onLoopback) > 0 ? [] : [
      "MLflow would be on the network: no container is configured to listen on 127.0.0.1 only, by --host or, where there is none, by MLFLOW_HOST (server.value_options.host of MLflow's chart, serverHost of community-charts/mlflow)."
    ]) +
    (!has(object.spec.hostNetwork) || !object.spec.hostNetwork ? [] : [
      "A pod with the gateway cannot have hostNetwork; network policies would not hold for it. Remove it."
    ]) +
    (!has(object.spec.restartPolicy) || object.spec.restartPolicy == 'Always' ? [] : [
      "The pod has a restartPolicy other than Always, as those of Jobs, and runs MLflow's server or may run it: a gateway would keep it from ending. Remove the label mlflow-gateway.io/inject from it, or, if it serves nothing, write its command out (such as mlflow db upgrade); a server belongs into a Deployment."
    ]) +
    ((has(object.spec.os) && object.spec.os.name == 'windows') ||
    (has(object.spec.nodeSelector) && 'kubernetes.io/os' in object.spec.nodeSelector && object.spec.nodeSelector['kubernetes.io/os'] == 'windows') ? [
      "The pod is for Windows nodes, and the gateway is a Linux container. Run MLflow on Linux."
    ] : [])
{{- end -}}
