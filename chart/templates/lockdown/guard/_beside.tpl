{{/* Other containers of the pod that run an MLflow without the gateway, or would reach MLflow without it. */}}
{{- define "mlflow-gateway.guard.beside" -}}
- name: beside
  expression: variables.running.filter(c, !variables.known || c.name != variables.mlflow.name)
# MLflow servers that listen on the network, and containers with MLflow's image and no command.
- name: second
  expression: >-
    variables.beside.filter(c, ({{ include "mlflow-gateway.celLine" "c" | nindent 4 }}
    .matches('{{ include "mlflow-gateway.serverPattern" . }}|(^| )mlflow[.]server([.:]| |$)') &&
    !{{ include "mlflow-gateway.celLine" "c" | nindent 4 }}
    .matches('(--host[ =]|-h ?)(127[.]0[.]0[.]1|::1|localhost)( |$)')) ||
    (variables.known && !has(c.command) && !has(c.args) && has(c.image) && has(variables.mlflow.image) && c.image == variables.mlflow.image))
    .map(c, string(c.name))
- name: sharing
  expression: >-
    (dyn(variables.containers) + dyn(has(object.spec.initContainers) ? object.spec.initContainers.filter(c, c.name != 'mlflow-gateway') : []))
    .filter(c, variables.known && c.name != variables.mlflow.name && variables.shared != '' && has(c.volumeMounts) && c.volumeMounts.exists(m, m.name == variables.shared)).map(c, string(c.name))
# Proxies, by name, image or command. The sidecars of a service mesh serve every port alike and do not count.
- name: proxies
  expression: >-
    variables.beside.filter(c, !(c.name in ['istio-proxy', 'linkerd-proxy']) &&
    (string(c.name) + ' ' + (has(c.image) ? string(c.image) : '') + ' ' + (has(c.command) ? c.command.join(' ') : '')).lowerAscii()
    .matches('oauth2[-_]?proxy|pomerium|authelia|authentik|gatekeeper|louketo|vouch-proxy|oathkeeper|nginx|haproxy|traefik|caddy|apache|httpd|envoy'))
    .map(c, string(c.name))
{{- $open := include "mlflow-gateway.openPorts" . | fromJsonArray }}
# Proxies for callers at a port that the NetworkPolicy does not open.
- name: unreached
  expression: >-
    {{- if $open }}
    variables.beside.filter(c, c.name in variables.proxies && has(c.ports) && c.ports.exists(p, (!has(p.protocol) || p.protocol == 'TCP') &&
    int(p.containerPort) in variables.allowed && !(int(p.containerPort) in {{ toJson $open }})))
    .map(c, string(c.name))
    {{- else }}
    variables.proxies.filter(name, false)
    {{- end }}
- name: naming
  expression: >-
    variables.beside.filter(c, variables.socket != '' &&
    ((has(c.command) ? c.command : []) + (has(c.args) ? c.args : []) + (has(c.env) ? c.env.filter(e, has(e.value)).map(e, e.value) : [])).exists(t, string(t).contains(variables.socket)))
    .map(c, string(c.name))
# Containers that name the address of an MLflow on loopback in their command or variables.
- name: around
  expression: >-
    variables.beside.filter(c, variables.loopback && (
    c.name in variables.proxies ||
    (((has(c.command) ? c.command : []) + (has(c.args) ? c.args : []) + (has(c.env) ? c.env.filter(e, has(e.value)).map(e, e.value) : [])).join(' ')
    .matches('(127[.][0-9.]+|0[.]0[.]0[.]0|localhost|[[]?::1[]]?):' + variables.target.find('[0-9]+/?$').replace('/', '') + '([^0-9]|$)'))))
    .map(c, string(c.name))
# An oauth2-proxy in front of the gateway must pass the token on.
- name: tokenless
  expression: >-
    variables.beside.filter(c, variables.socket != '' && c.name in variables.proxies &&
    (string(c.name) + ' ' + (has(c.image) ? string(c.image) : '') + ' ' + (has(c.command) ? c.command.join(' ') : '')).lowerAscii().matches('oauth2[-_]?proxy') &&
    !{{ include "mlflow-gateway.celLine" "c" | nindent 4 }}
    .matches('(^| )--?(pass-authorization-header(=(true|1|t))?|alpha-config[= ][^ ]+)( |$)') &&
    !(has(c.env) && c.env.exists(e, e.name == 'OAUTH2_PROXY_ALPHA_CONFIG')) &&
    !(has(c.env) && c.env.exists(e, e.name == 'OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER' && has(e.value) && e.value == 'true')))
    .map(c, string(c.name))
- name: besideProblems
  expression: >-
    (size(variables.second) == 0 ? [] : [
      "A second MLflow would be on the network: the container " + variables.second.join(', ') + " runs mlflow server as well, or its image without a command. Give it a pod of its own, or --host 127.0.0.1."
    ]) +
    (size(variables.sharing) == 0 ? [] : [
      "The container " + variables.sharing.join(', ') + " mounts the volume of MLflow's socket and would reach MLflow without the gateway. Remove its volumeMount."
    ]) +
    (size(variables.naming) == 0 ? [] : [
      "The container " + variables.naming.join(', ') + " names MLflow's socket, and would reach MLflow without the gateway. Let it ask the gateway at 127.0.0.1:" + string(variables.listenPort) + "."
    ]) +
    (size(variables.unreached) == 0 ? [] : [
      "The container " + variables.unreached.join(', ') + " serves callers at a port that the NetworkPolicy of the release does not let them reach. Add it to networkPolicy.sidecarPorts of the gateway's chart."
    ]) +
    (size(variables.around) == 0 ? [] : [
      "The container " + variables.around.join(', ') + " would reach MLflow on loopback, without the gateway. Turn it off (oauth2Proxy.enabled of community-charts/mlflow), and have browsers sign in before the gateway (sso.enabled of its chart)."
    ]) +
    (size(variables.tokenless) == 0 ? [] : [
      "The container " + variables.tokenless.join(', ') + " does not pass the user's token on, and the gateway refuses requests without one. Add --pass-authorization-header=true (oauth2Proxy.extraArgs of community-charts/mlflow) and let callers reach it (networkPolicy.sidecarPorts); or turn it off and use sso.enabled of the gateway's chart."
    ])
{{- end -}}
