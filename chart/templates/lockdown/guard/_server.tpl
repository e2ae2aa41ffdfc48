{{/* Whether MLflow's server runs on uvicorn, listens on the socket only, and uses no TLS. */}}
{{- define "mlflow-gateway.guard.server" -}}
- name: uvicornOptions
  expression: >-
    {{- include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_UVICORN_OPTS") | nindent 4 }}
- name: options
  expression: variables.line + ' ' + variables.uvicornOptions.join(' ').replace("'", '').replace('"', '')
- name: changed
  expression: >-
    variables.line.findAll('(^| )(-u|--unset=)?(UVICORN_[A-Z_]+|GUNICORN_CMD_ARGS|MLFLOW_(HOST|PORT|STATIC_PREFIX|GUNICORN_OPTS|UVICORN_OPTS|SERVER_ALLOWED_HOSTS|ARTIFACTS_ONLY|EXPOSE_PROMETHEUS|AUTH_CONFIG_PATH))(=| |$)')
    .map(w, w.find('[A-Z_]{6,}'))
# A variable in the place of an option, not of an option's value.
- name: unreadable
  expression: >-
    variables.line.find('(^| )(server|ui|--[^ =]+=[^ ]*|--(no-)?serve-artifacts|--artifacts-only|--disable-security-middleware|--(en|dis)able-workspaces) [$][^ ]+').find('[$][^ ]+$')
- name: otherServer
  expression: >-
    variables.options.find('(^|[ =])--(gunicorn|waitress)-opts').find('--.*') +
    ({{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_GUNICORN_OPTS") }}.exists(v, v != '') ? ' MLFLOW_GUNICORN_OPTS' : '') +
    (variables.line.matches('mlflow[.]server(:|[.]| |$)') ? variables.line.find('(^|[ /])(gunicorn|waitress-serve|waitress|hypercorn|daphne)( |$)') : '')
# Additional addresses that options bind, except loopback; `$(` for options that cannot be read.
- name: bindings
  expression: >-
    variables.line + ' ' + ({{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "MLFLOW_GUNICORN_OPTS") }} +
    {{ include "mlflow-gateway.celValues" (dict "env" "variables.env" "name" "GUNICORN_CMD_ARGS") }})
    .map(v, v == '$(' ? '--bind=$(' : v).join(' ').replace("'", '').replace('"', '')
- name: bound
  expression: >-
    variables.bindings.findAll('(^|[ =])(--(bi|bin|bind|listen)[ =]|-R*b ?)[^ ]+')
    .filter(w, !w.matches('(--(bi|bin|bind|listen)[ =]|-R*b ?)(unix:[^ ]*|(127[.][0-9.]+|localhost|[[]?::1[]]?)(:[0-9]+)?)$')).join(' ').trim()
# MLflow's version: the tag of the images of both charts. Tags of other images may mean anything.
- name: tag
  expression: >-
    !has(variables.mlflow.image) || !variables.mlflow.image.matches('(^|/)(mlflow|burakince)/mlflow:v?[0-9]+[.][0-9]+([.-][^@]*)?(@.*)?$') ? '' :
    variables.mlflow.image.split('@')[0].find('[0-9]+[.][0-9]+([.-][^:/]*)?$')
- name: serverProblems
  expression: >-
    !variables.known ? [] :
    (variables.options.matches('(^|[ =])--(ssl-[a-z-]+|keyfile|certfile)([ =]|$)') || variables.env.exists(e, e.name in ['UVICORN_SSL_KEYFILE', 'UVICORN_SSL_CERTFILE']) ? [
      "MLflow is configured to use TLS itself (--ssl-keyfile, UVICORN_SSL_KEYFILE), but the gateway connects to it without TLS, within the pod. Remove that (tls.enabled of MLflow's chart, extraArgs.uvicornOpts of community-charts/mlflow), and end TLS at the Ingress or the mesh."
    ] : []) +
    (variables.loopback || variables.otherServer == '' ? [] : [
      "MLflow would be on the network: the container " + variables.mlflow.name + " has " + variables.otherServer.trim() + ", with which its server is not uvicorn and does not listen on the socket of UVICORN_UDS. Remove that (" +
      (variables.otherServer.contains('waitress')
      ? "extraArgs.waitressOpts of community-charts/mlflow, server.value_options.waitress_opts of MLflow's chart): MLflow brings no waitress on Linux."
      : "extraArgs.gunicornOpts of community-charts/mlflow, server.value_options.gunicorn_opts of MLflow's chart); or have the gateway reach it on loopback, by the annotation mlflow-gateway.io/upstream=loopback (injection.method=webhook) together with --host=127.0.0.1 (serverHost, server.value_options.host).")
    ]) +
    (variables.loopback || !(variables.options.matches('(^|[ =])--(uds|fd)([ =]|$)') || variables.env.exists(e, e.name == 'UVICORN_FD')) ? [] : [
      "MLflow would be on the network: the container " + variables.mlflow.name + " has --uds, --fd or UVICORN_FD, which win over UVICORN_UDS. Remove that."
    ]) +
    (!variables.loopback || variables.bound == '' ? [] : [
      "The annotation mlflow-gateway.io/upstream is loopback, but the server of the container " + variables.mlflow.name + " may bind another address as well (" + variables.bound + "; -b or --bind, --listen, in --gunicorn-opts, MLFLOW_GUNICORN_OPTS or GUNICORN_CMD_ARGS). Remove that: it listens at each."
    ]) +
    (variables.unreadable == '' ? [] : [
      "The command line of the container " + variables.mlflow.name + " has " + variables.unreadable + " where an option may stand, which cannot be read in the pod. Write the options out."
    ]) +
    (size(variables.changed) == 0 ? [] : [
      "The command line of the container " + variables.mlflow.name + " sets or removes " + variables.changed.join(', ') + ", so the guard cannot check where MLflow listens and which hosts it accepts. Set variables in its env."
    ]) +
    (variables.loopback || variables.uvicornOptions.all(v, v != '$(') ? [] : [
      "MLFLOW_UVICORN_OPTS of the container " + variables.mlflow.name + " is read from elsewhere, and could have MLflow listen anywhere. Write its value out."
    ]) +
    (variables.loopback || !variables.tag.matches('^([012]|3[.][0-4])([.-]|$)') ? [] : [
      "MLflow " + variables.tag + " (the image's tag) does not listen on a socket. Use 3.5 or newer (image.tag of both charts), or the annotation mlflow-gateway.io/upstream=loopback (injection.method=webhook) with --host=127.0.0.1."
    ])
{{- end -}}
