{{/* Other containers of the pod: those that would be, or would reach, an MLflow without the gateway. */}}
{{- define "mlflow-gateway.guard.beside" -}}
- name: beside
  expression: variables.running.filter(c, !variables.known || c.name != variables.mlflow.name)
# Servers of MLflow's which nothing keeps off the network, and its image with no command of its own.
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
    variables.beside.filter(c, variables.shared != '' && has(c.volumeMounts) && c.volumeMounts.exists(m, m.name == variables.shared)).map(c, string(c.name))
# The address of an MLflow on loopback, in the words and variables of another container.
- name: around
  expression: >-
    variables.beside.filter(c, variables.loopback && (
    string(c.name + ' ' + (has(c.image) ? c.image : '')).matches('oauth2[-_]proxy|auth-proxy|authproxy|louketo|gatekeeper|pomerium|authelia|authentik|vouch') ||
    (((has(c.command) ? c.command : []) + (has(c.args) ? c.args : []) + (has(c.env) ? c.env.filter(e, has(e.value)).map(e, e.value) : [])).join(' ')
    .matches('(127[.][0-9.]+|localhost|[[]::1[]]):' + variables.target.find('[0-9]+/?$').replace('/', '') + '([^0-9]|$)'))))
    .map(c, string(c.name))
# oauth2-proxy before the gateway must hand on the token.
- name: tokenless
  expression: >-
    variables.beside.filter(c, variables.socket != '' && string(c.name + ' ' + (has(c.image) ? c.image : '')).matches('oauth2[-_]proxy') &&
    !{{ include "mlflow-gateway.celLine" "c" | nindent 4 }}
    .matches('(^| )--?pass-authorization-header(=true)?( |$)') &&
    !(has(c.env) && c.env.exists(e, e.name == 'OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER' && has(e.value) && e.value == 'true')))
    .map(c, string(c.name))
- name: besideProblems
  expression: >-
    (size(variables.second) == 0 ? [] : [
      "A second MLflow would be on the network: the container " + variables.second.join(', ') + " runs mlflow server as well, or its image without a command. Give it a pod of its own, or --host 127.0.0.1."
    ]) +
    (size(variables.sharing) == 0 ? [] : [
      "The container " + variables.sharing.join(', ') + " has the volume of MLflow's socket, by which it would reach MLflow around the gateway. Remove its volumeMount."
    ]) +
    (size(variables.around) == 0 ? [] : [
      "The container " + variables.around.join(', ') + " would reach MLflow on loopback, around the gateway. Turn it off (oauth2Proxy.enabled of community-charts/mlflow), and have browsers sign in before the gateway (sso.enabled of its chart)."
    ]) +
    (size(variables.tokenless) == 0 ? [] : [
      "The container " + variables.tokenless.join(', ') + " does not hand on whom it signed in, and the gateway refuses who has no token. Add --pass-authorization-header=true (oauth2Proxy.extraArgs of community-charts/mlflow) and let callers reach it (networkPolicy.sidecarPorts); or turn it off and use sso.enabled of the gateway's chart."
    ])
{{- end -}}
